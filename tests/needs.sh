#!/bin/sh
# Installs the web servers and strace, which tests start, where this can be done quietly: as root, with apt,
# and where nothing would start them as services. Elsewhere it says what is missing.
PATH="$PATH:/usr/sbin"
wanted=""
command -v nginx >/dev/null || wanted="nginx-light"
[ -e /usr/lib/nginx/modules/ngx_http_brotli_static_module.so ] || wanted="$wanted libnginx-mod-http-brotli-static"
command -v caddy >/dev/null || wanted="$wanted caddy"
command -v strace >/dev/null || wanted="$wanted strace"
[ -n "$wanted" ] || exit 0

install() {
    # shellcheck disable=SC2086 - names are divided by spaces
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ ! -d /run/systemd/system ]; then
    install || { apt-get update -qq >/dev/null 2>&1; install; } && exit 0
fi
echo "Not installed, so their tests are skipped: $wanted"
