"""Open a site, look at it, and freeze it: `python publish.py config.toml`."""

import sys

import feeds


def publish(config: str) -> bool:
    """Freeze a site if no article has an error; return whether it was frozen."""
    with feeds.open(config) as site:
        for problem in site.check():
            print(problem.text())
        document = site.feed("all", "atom")
        print(f"{document.path}: {len(document.body):,} bytes of {document.media_type}")
        plan = site.freeze(strict=True)
    print(f"{len(plan.written)} written, {len(plan.deleted)} deleted")
    for sentence in plan.failed_pushes():
        print(sentence)
    return not plan.refused


if __name__ == "__main__":
    sys.exit(not publish(sys.argv[1]))
