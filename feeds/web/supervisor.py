"""What a server does beside answering: sync, tell others, reload configuration."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from feeds.config.schema import Config
from feeds.errors import ConfigError
from feeds.publisher.snapshot import Publisher
from feeds.push.commands import list_urls
from feeds.push.rounds import Pinger
from feeds.site import Site, find_difference, open_site
from feeds.sync.keeper import Keeper
from feeds.sync.syncer import Syncer

# The keys of [server] that are used once: the processes and their limit of memory.
_FIXED = ("workers", "memory")
# How long until every worker shows a sync: a hub that fetched earlier would push the old feed.
_NOTICED_SECONDS = 1.5
_LOOK_SECONDS = 0.1
_OFF = (
    "server.watch is off: no change of articles or configuration is noticed until a restart, but what another"
    " command, such as feeds freeze, brings into the index is."
)


class Supervisor:
    """The threads of the process that starts the workers.

    ``read`` returns the configuration as it is now. ``reload`` makes the workers use one, and calls back
    when all of them do. ``say`` gets sentences about what goes wrong.
    """

    def __init__(
        self,
        site: Site,
        read: Callable[[], Config],
        reload: Callable[[Config, Callable[[], None]], None],
        say: Callable[[str], None],
    ) -> None:
        self._site = site
        self._read = read
        self._reload = reload
        self._say = say
        self._kept_keys: list[str] = []
        self._pinger = Pinger(site.publisher.config)
        self._keeper = Keeper(site.syncer, on_change=self._tell_others, configure=self._reconfigure, say=say)

    def start(self) -> None:
        """Begin to watch the articles, and tell others what an earlier process left."""
        if self._site.publisher.config.server.watch == "off":
            self._say(_OFF)
        self._pinger.start()
        self._keeper.start()

    def stop(self) -> None:
        """End the threads; a sync that is under way is finished first."""
        self._keeper.stop()
        self._pinger.stop()

    def find_publisher(self) -> Publisher:
        """Return what publishes the site by the configuration in use now."""
        return self._site.publisher

    def _tell_others(self, since: int) -> None:
        with self._site.publisher.snapshot() as snapshot:
            self._pinger.notify(list_urls(snapshot, since), _NOTICED_SECONDS)

    def _reconfigure(self) -> Syncer | None:
        """Sync by the new configuration, make the workers use it, and return its syncer.

        Return None if nothing changes. Raise if the configuration is at fault; then the old one stays.
        """
        config, kept_keys = _keep_fixed(self._read(), self._site.publisher.config)
        difference = find_difference(config, self._site)
        sentence = _describe_change(kept_keys)
        if difference is None:
            if kept_keys and kept_keys != self._kept_keys:
                self._say(sentence)
            self._kept_keys = kept_keys
            return None
        new = [problem for problem in difference[1] if problem not in self._site.problems]
        shown = [msgspec.structs.replace(found, path=config.show_path(found.path)) for found in new]
        if any(problem.severity == "error" for problem in shown):
            # A broken file would take the address of a topic or a provider away.
            raise ConfigError(shown)
        self._site = open_site(config, search=True)
        self._kept_keys = kept_keys
        self._pinger.stop()
        self._pinger = Pinger(self._site.publisher.config)
        self._pinger.start()
        for problem in shown:
            self._say(problem.text())
        self._reload(self._site.publisher.config, partial(self._say, sentence))
        if config.server.watch == "off":
            self._say(_OFF)
        return self._site.syncer


def call_after_exit(pids: Sequence[int], action: Callable[[], None]) -> None:
    """Call a function when processes have ended, from a thread of its own."""

    def wait() -> None:
        while any(map(_is_running, pids)):
            time.sleep(_LOOK_SECONDS)
        action()

    threading.Thread(target=wait, name="takeover", daemon=True).start()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _keep_fixed(new: Config, old: Config) -> tuple[Config, list[str]]:
    """Return a new configuration with the old values of start-up keys, and those keys."""
    changed = [name for name in _FIXED if getattr(new.server, name) != getattr(old.server, name)]
    server = msgspec.structs.replace(new.server, **{name: getattr(old.server, name) for name in changed})
    return msgspec.structs.replace(new, server=server), [f"server.{name}" for name in changed]


def _describe_change(kept_keys: list[str]) -> str:
    if not kept_keys:
        return "The configuration changed and is in use now."
    keys = " and ".join(kept_keys)
    need = "that needs" if len(kept_keys) == 1 else "these need"
    return f"The configuration changed and is in use now, but for {keys}: {need} a restart of the server."
