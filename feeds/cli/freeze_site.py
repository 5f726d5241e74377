"""What the command ``freeze`` does, to be called from Python too: nothing here parses options or prints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from feeds.check import problems as checking
from feeds.cli.problem_text import count_failures
from feeds.cli.report import FreezeReport, count_states, explain_nothing
from feeds.config.schema import Config
from feeds.freeze.freeze import freeze
from feeds.freeze.plan import Outcome
from feeds.index import open_index
from feeds.index.index import INDEX_ERRORS, is_damage
from feeds.site import open_site
from feeds.sync.mappers import map_sparingly

if TYPE_CHECKING:
    from feeds.sync.cluster import Cluster

Progress = Callable[[int, int], None]
P = ParamSpec("P")
T = TypeVar("T")


def _again_if_damaged(work: Callable[Concatenate[Config, P], T]) -> Callable[Concatenate[Config, P], T]:
    """Do work once more, with a new index, if somebody damaged the old one."""

    @wraps(work)
    def do(config: Config, /, *arguments: P.args, **options: P.kwargs) -> T:
        try:
            return work(config, *arguments, **options)
        except INDEX_ERRORS as error:
            if not is_damage(error):
                raise
            # A sync does not see every page of it, and it may be too damaged to note that it is.
            open_index(config).recreate()
            return work(config, *arguments, **options)

    return do


@_again_if_damaged
def freeze_site(  # noqa: PLR0913 - each is a choice of its own
    config: Config,
    now: datetime,
    *,
    dry_run: bool = False,
    strict: bool = False,
    ping: bool = True,
    cluster: str | None = None,
    step: Callable[[str], Progress] = lambda _name: lambda _done, _total: None,
    say: Callable[[str], None] = lambda _text: None,
) -> FreezeReport:
    """Read the articles as of ``now``, freeze the site, and tell hubs of the feeds that changed.

    With ``strict``, errors keep it from writing anything. Without ``ping``, it is left to later to tell the
    hubs. ``cluster`` is the address of a Dask cluster that reads articles. ``step`` is asked for what is told
    the progress of each step, and ``say`` is told of requests that are tried again.

    Raises :class:`feeds.errors.FeedsError`.
    """
    with _connect_cluster(cluster) as mapper:
        site = open_site(config, now, step("Reading articles"), mapper=mapper or map_sparingly)
        publisher = site.publisher.for_files()
        with publisher.snapshot() as snapshot:
            problems = checking.gather_problems(snapshot, site.problems)
            states = count_states(snapshot)
            nothing = (
                "" if snapshot.channels.by_path["all"].count else explain_nothing(states, problems, config)
            )
        refused = strict and count_failures(problems) > 0
        outcome = Outcome([], [], [])
        failed_pushes: Callable[[], list[str]] = list
        if not refused:
            outcome = freeze(
                publisher,
                config.output_place,
                dry_run=dry_run,
                progress=step("Writing files"),
                say=say,
                remember=lambda former: site.syncer.add_former_channels(former, now),
            )
            problems = checking.merge_problems(problems, outcome.problems, config)
            # Before the first freeze nobody can have subscribed.
            if config.websub.hubs and not (dry_run or outcome.first):
                from feeds import websub

                failed_pushes = websub.notify_after_freeze(publisher, outcome.written, now=ping)
        return FreezeReport(
            outcome=outcome,
            states=states,
            problems=problems,
            dry_run=dry_run,
            refused=refused,
            nothing=nothing,
            idle_cluster=mapper is not None and not mapper.used,
            failed_pushes=failed_pushes,
        )


def _connect_cluster(address: str | None) -> AbstractContextManager[Cluster | None]:
    if address is None:
        return nullcontext()
    from feeds.sync.cluster import Cluster
    from feeds.sync.cluster.address import Address

    return Cluster(Address.parse(address))
