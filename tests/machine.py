"""A separate machine over this one: its changes stay in a folder, its services are run by systemd."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE, until

# Lays a folder over the file system, and another one over the Python that runs the tests, which is
# found in a place that other users can reach.
_LAY = """\
set -e
layer() { mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"; }
layer / "$MACHINE/files" "$MACHINE/work" "$MACHINE/root"
cd "$MACHINE/root"
layer "$PREFIX" "$MACHINE/python" "$MACHINE/python-work" opt/python
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
ln -s /proc/self/fd dev/fd
mkdir dev/shm dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t devpts -o ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ip link set lo up 2>/dev/null || true
export PATH=/opt/python/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
"""
# Nothing of the machine below stays in reach.
_ENTER = "mkdir -p old\npivot_root . old\nexec chroot . sh -ec 'umount -l /old\n"
_RUN = '{lay}{prepare}\n{enter}eval "$PROGRAM"\''
# Whatever this machine would start, that one starts the units that it is given.
_BOOT = """\
{lay}
mount -t sysfs -o ro sysfs sys
rm -rf etc/systemd/system/*
cp -r etc/systemd/ours/. etc/systemd/system/
export container=feeds
{enter}exec /lib/systemd/systemd --system --log-target=console --show-status=0'
"""
_PROBE = """\
set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/files /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/files,workdir=/mnt/work /mnt/root
"""
_APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--cgroup")


class Machine:
    """Runs commands one after the other, each in its own name spaces; each sees what those before it wrote.

    ``settings`` are environment variables of every command.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings: dict[str, str] = {}
        self.files = folder / "files"
        for name in ("files/opt/python", "work", "root", "python", "python-work"):
            (folder / name).mkdir(parents=True)
        # On some systems its name has the version only.
        python = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
        if not python.exists():
            pytest.skip("this Python has no prefix of its own")
        (folder / "python" / "bin").mkdir()
        (folder / "python" / "bin" / "python").symlink_to(python.name)
        # Python may have a library beside it; users who may not look into its folder find the library here.
        self.run("echo /opt/python/lib > /etc/ld.so.conf.d/0.conf && ldconfig")

    def run(self, program: str, *, prepare: str = "", online: bool = False) -> str:
        """What a program of the shell prints. It runs as root, and ``prepare`` before it, in the root of the
        machine; both reach nothing but the machine unless they are ``online``."""
        apart = _APART if online else (*_APART, "--net")
        done = subprocess.run(
            [*apart, "sh", "-c", _RUN.format(lay=_LAY, prepare=prepare, enter=_ENTER)],
            env=self._environment() | {"PROGRAM": program},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if online and done.returncode and os.environ.get("CI") != "true" and "connection" in done.stderr:
            pytest.skip("no index of packages can be reached")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def boot(self, done: str) -> None:
        """Have systemd start the units of /etc/systemd/ours until a file is there; then the power goes."""
        with (self._folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*_APART, "--net", "sh", "-c", _BOOT.format(lay=_LAY, enter=_ENTER)],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            until(
                lambda: (self.files / done).exists() or process.poll() is not None,
                "the units have done their work",
                # Systemd starts, and then a dozen programs one after the other.
                5 * PATIENCE,
            )
            assert (self.files / done).exists(), (self._folder / "log").read_text()
        finally:
            process.kill()
            process.wait()

    def _environment(self) -> dict[str, str]:
        # What leads to an index of packages.
        kept = {name: os.environ[name] for name in os.environ if name.lower().startswith(("pip_", "http"))}
        # What is imported is compiled then; to compile all that is installed takes longer than all else.
        kept["PIP_NO_COMPILE"] = "false"
        return (
            kept
            | self.settings
            | {"MACHINE": str(self._folder), "PREFIX": sys.base_prefix, "PATH": os.environ["PATH"]}
        )


def need_machines() -> None:
    """Skip the test if file systems cannot be laid over others: only root can, and not in every container."""
    if os.getuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("only root with unshare and ip can make a machine of its own")
    if subprocess.run([*_APART, "sh", "-c", _PROBE], capture_output=True, check=False).returncode != 0:
        pytest.skip("file systems cannot be laid over others here")
