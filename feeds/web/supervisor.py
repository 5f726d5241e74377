"""What a running server does beside answering: sync, tell hubs, apply a changed configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.site import Site, open_site
from feeds.sync.keeper import Keeper
from feeds.sync.syncer import Syncer
from feeds.websub import Pinger, list_urls

# How long until every worker shows a sync: a hub that fetched earlier would push the old feed.
_NOTICED_SECONDS = 1.5


class Supervisor:
    """The threads of the process that starts the workers.

    ``read`` returns the configuration as it is now, ``reload`` makes the workers use one, and
    ``say`` gets sentences about what goes wrong.
    """

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
        """Begin to watch the articles, and to tell hubs what an earlier process could not."""
        self._pinger.start()
        self._keeper.start()

    def stop(self) -> None:
        """End the threads; a sync that is under way is finished first."""
        self._keeper.stop()
        self._pinger.stop()

    def _tell_hubs(self, since: int) -> None:
        with self._site.publisher.snapshot() as snapshot:
            self._pinger.notify(list_urls(snapshot, since), _NOTICED_SECONDS)

    def _reconfigure(self) -> Syncer | None:
        """Sync by the new configuration, make the workers use it, and return its syncer.

        None if it cannot be used; then the old one stays.
        """
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
