"""Files and folders that programs leave beside those that people write.

Editors leave backups and half-written files, programs that sync folders leave conflict copies. None of
them is an article, and a conflict copy must not take the place of the article that it was made of.
Those whose names begin with a dot (``.a.md.swp`` of Vim, ``.#a.md`` of Emacs, ``.~lock.a.md#`` of
LibreOffice, ``.stversions`` of Syncthing) are hidden like all such files, and are not listed here.

Copies that people may have made on purpose (``a (1).md``, ``a copy.md``, ``a-LAPTOP.md``) are articles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class _StrayFile(NamedTuple):
    """A pattern of names, what such a file is, and the programs that leave it."""

    pattern: str
    what: str
    programs: str


_STRAY_FILES = (
    _StrayFile(r".*~", "a backup", "Vim, Emacs, nano, gedit or Kate"),
    _StrayFile(r".*~HEAD|.*~[0-9a-f]{7,40}(?: .*)?", "one side of a merge", "Git"),
    _StrayFile(r"#.*#", "an automatic save", "Emacs"),
    _StrayFile(r".*\.sw[a-p]|4913", "a temporary file", "Vim"),
    _StrayFile(r".*___jb_(?:tmp|old|bak)___", "a temporary file", "the editors of JetBrains"),
    _StrayFile(r"~\$.*", "a lock", "Microsoft Office"),
    _StrayFile(r".*\.(?:bak|backup|old|save)", "a backup", "an editor"),
    _StrayFile(r".*\.(?:te?mp)", "a temporary file", "an editor or a program that syncs folders"),
    _StrayFile(r".*\.(?:orig|rej)", "what a merge or a patch left", "Git, Mercurial or patch"),
    _StrayFile(
        r".*_(?:BACKUP|BASE|LOCAL|REMOTE)_\d+\.[^.]+|.*\.(?:BACKUP|BASE|LOCAL|REMOTE)\.\d+\.[^.]+",
        "one side of a merge",
        "git mergetool",
    ),
    _StrayFile(r".*\.(?:mine|THIS|OTHER|BASE)", "one side of a merge", "Subversion or Bazaar"),
    _StrayFile(
        r".*\.(?:crdownload|download|part|partial|filepart|!sync)",
        "an unfinished download",
        "a browser or a program that syncs folders",
    ),
    _StrayFile(
        r".*\((?i:[^()]*(?:conflicted copy|case conflict|encoding conflict|sync conflict)[^()]*)\).*"
        r"|.*\((?i:[^()]*(?:in konflikt stehende kopie|copie en conflit|copia en conflicto"
        r"|copia in conflitto|cópia em conflito)[^()]*)\).*",
        "a conflict copy",
        "Dropbox, Nextcloud, ownCloud or Obsidian",
    ),
    _StrayFile(r".*_conflict-\d{8}-\d{6}.*", "a conflict copy", "ownCloud"),
    _StrayFile(r".*\.sync-conflict-\d{8}-\d{6}.*|~syncthing~.*", "a conflict copy", "Syncthing"),
    _StrayFile(r".*\(SFConflict .*\).*", "a conflict copy", "Seafile"),
    _StrayFile(r".*\.Conflict(?:\.\d+)?\.[^.]+", "a conflict copy", "Resilio Sync"),
    _StrayFile(r".*\(conflict(?: #\d+)? on \d{4}-\d\d-\d\d\).*", "a conflict copy", "Unison"),
    _StrayFile(r".*_Conflict\.[^.]+", "a conflict copy", "Synology Drive"),
    _StrayFile(r".*[\[(](?i:conflict(?:ed)?)[\])].*", "a conflict copy", "Google Drive or pCloud"),
    _StrayFile(r".*\.conflict\d+(?:\.[^.]+)?", "a conflict copy", "rclone"),
    _StrayFile(
        r"Thumbs\.db|ehthumbs\.db|[Dd]esktop\.ini|Icon\r", "a setting of a folder", "Windows or macOS"
    ),
)
# Each pattern needs one of these. Most folders have none of them, and to look for these in all names at once
# takes a fiftieth of the time of looking at each name.
_SIGNS = (
    "~",
    "#",
    "(",
    "[",
    "\r",
    "onflict",
    "_BACKUP_",
    "_BASE_",
    "_LOCAL_",
    "_REMOTE_",
    ".BACKUP.",
    ".BASE.",
    ".LOCAL.",
    ".REMOTE.",
    "___jb_",
    "4913\n",
)
_ENDINGS = re.compile(
    r"\.(?:sw[a-p]|bak|backup|old|save|te?mp|orig|rej|mine|THIS|OTHER|BASE|crdownload|download|part"
    r"|partial|filepart|!sync|db|ini)\n"
).search
# Recycle bins, snapshots and caches: of Synology, QNAP, NetApp, Windows, macOS and ext4.
STRAY_FOLDERS = frozenset(
    {
        "#recycle", "#snapshot", "@eaDir", "@Recycle", "@Recently-Snapshot", "~snapshot", "$RECYCLE.BIN",
        "System Volume Information", "__MACOSX", "lost+found",
    }
)  # fmt: skip


def find_stray_files(names: Sequence[str]) -> dict[str, str]:
    """Return stray names, with what each file is and which programs leave it.

    No person gave these names.
    """
    if not _has_sign(names):
        return {}
    found = ((name, _describe(name)) for name in names if _has_sign((name,)))
    return {name: text for name, text in found if text}


def _has_sign(names: Sequence[str]) -> bool:
    text = "\n".join((*names, ""))
    return any(sign in text for sign in _SIGNS) or _ENDINGS(text) is not None


def _describe(name: str) -> str:
    for one in _STRAY_FILES:
        # Compiled here, and kept by ``re``, because most sites have no such files.
        if re.fullmatch(one.pattern, name, re.DOTALL):
            return f"{one.what}, as {one.programs} leaves it"
    return ""
