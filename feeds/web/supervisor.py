"""What a running server does beside answering: it syncs, tells hubs, takes up a new configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.site import Site, open_site
from feeds.sync.keeper import Keeper
from feeds.sync.syncer import Syncer
from feeds.websub import Pinger, list_urls

# So long after a sync every worker shows it: a hub that fetched earlier would push the old feed.
_NOTICED_SECONDS = 1.5


class Supervisor:
    """The threads of the process that starts the workers. ``read`` gives the configuration as it
    is now, ``reload`` has workers follow one, ``say`` is told in sentences what goes wrong."""  # noqa: D205, D209 - two sentences

    def __init__(
        self,
        site: Site,
        read: Callable[[], Config],
        reload: Callable[[Config], None],
        say: Callable[[str], None],
    ) -> None:
        self._site = site
        self._read = read
        self._reload = reload
        self._say = say
        self._pinger = Pinger(site.publisher.config)
        self._keeper = Keeper(site.syncer, on_change=self._tell_hubs, configure=self._reconfigure, say=say)

    def start(self) -> None:
        """Begin to watch, and to tell what an earlier process has left to tell."""
        self._pinger.start()
        self._keeper.start()

    def stop(self) -> None:
        """End after the sync that is going on."""
        self._keeper.stop()
        self._pinger.stop()

    def _tell_hubs(self, since: int) -> None:
        with self._site.publisher.snapshot() as snapshot:
            self._pinger.notify(list_urls(snapshot, since), _NOTICED_SECONDS)

    def _reconfigure(self) -> Syncer | None:
        """A syncer by the new configuration, already synced, and workers that follow it."""
        try:
            self._site = open_site(self._read(), datetime.now(UTC), search=True)
        except FeedsError as error:
            self._say(f"The configuration changed, but the old one stays in use:\n{error}")
            return None
        self._pinger.stop()
        self._pinger = Pinger(self._site.publisher.config)
        self._pinger.start()
        self._say("The configuration changed and is in use now.")
        self._reload(self._site.publisher.config)
        return self._site.syncer
