"""Takes the contact sheet of docs/guides/languages.md: the front page of a small site in every language, on a phone.

    python tools/language_sheet.py [FILE]

It needs fonts for all scripts, such as those of Noto.
"""

from __future__ import annotations

import functools
import http.server
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from browsing import Browser, serve
from PIL import Image

from feeds.config import load
from feeds.freeze.freeze import freeze
from feeds.site import open_site

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_WIDTH, _HEIGHT, _COLUMNS = 375, 860, 7
# A tile is this part of the screen.
_SCALE = 0.6
_GAP = 8
# Title of the site, two headlines, a topic, a source.
_TEXTS = {
    "en": "Morning Paper|A probe sets out for Mars|Who reads by RSS today|Space|The Observer",
    "de": "Morgenblatt|Eine Sonde startet zum Mars|Wer heute mit RSS liest|Raumfahrt|Der Beobachter",
    "fr": "Le Petit Matin|Une sonde part vers Mars|Qui lit encore par RSS|Espace|L’Observateur",
    "es": "La Mañana|Una sonda parte hacia Marte|Quién lee hoy por RSS|Espacio|El Observador",
    "pt-BR": "Folha da Manhã|Uma sonda parte para Marte|Quem lê por RSS hoje|Espaço|O Observador",
    "it": "Il Mattino|Una sonda parte per Marte|Chi legge oggi con RSS|Spazio|L’Osservatore",
    "nl": "Ochtendblad|Een sonde vertrekt naar Mars|Wie leest er nog met RSS|Ruimtevaart|De Waarnemer",
    "pl": "Gazeta Poranna|Sonda rusza na Marsa|Kto dziś czyta przez RSS|Kosmos|Obserwator",
    "cs": "Ranní list|Sonda míří k Marsu|Kdo dnes čte přes RSS|Vesmír|Pozorovatel",
    "sv": "Morgonbladet|En sond ger sig av mot Mars|Vem läser med RSS i dag|Rymden|Iakttagaren",
    "da": "Morgenbladet|En sonde er på vej til Mars|Hvem læser med RSS i dag|Rummet|Iagttageren",
    "fi": "Aamulehti|Luotain lähtee kohti Marsia|Kuka lukee nyt RSS:llä|Avaruus|Tarkkailija",
    "uk": "Ранкова газета|Зонд вирушає до Марса|Хто сьогодні читає через RSS|Космос|Спостерігач",
    "ru": "Утренняя газета|Зонд отправляется к Марсу|Кто сегодня читает через RSS|Космос|Наблюдатель",
    "tr": "Sabah Gazetesi|Bir sonda Mars’a doğru yola çıktı|Bugün RSS ile kim okuyor|Uzay|Gözlemci",
    "el": "Πρωινή Εφημερίδα|Ένα σκάφος ξεκινά για τον Άρη|Ποιος διαβάζει σήμερα με RSS|Διάστημα|Ο Παρατηρητής",
    "he": "עיתון הבוקר|גשושית יוצאת אל מאדים|מי קורא היום ב־RSS|חלל|המשקיף",
    "ar": "جريدة الصباح|مسبار ينطلق نحو المريخ|من يقرأ اليوم عبر RSS|الفضاء|المراقب",
    "fa": "روزنامهٔ بامداد|کاوشگری راهی مریخ شد|امروز چه کسی با RSS می‌خواند|فضا|دیده‌بان",
    "hi": "सुबह का अख़बार|एक यान मंगल की ओर रवाना|आज RSS से कौन पढ़ता है|अंतरिक्ष|प्रेक्षक",
    "id": "Koran Pagi|Sebuah wahana berangkat ke Mars|Siapa yang kini membaca lewat RSS|Antariksa|Pengamat",
    "vi": "Báo Sáng|Một tàu thăm dò lên đường tới Sao Hỏa|Ai còn đọc bằng RSS|Không gian|Người Quan Sát",
    "zh-Hans": "晨报|探测器启程飞往火星|今天谁还用 RSS 阅读|太空|观察者",
    "zh-Hant": "晨報|探測器啟程飛往火星|今天誰還用 RSS 閱讀|太空|觀察者",
    "ja": "朝の新聞|探査機が火星へ出発|いまRSSで読む人たち|宇宙|観察者",
    "ko": "아침 신문|탐사선, 화성으로 출발|지금 RSS로 읽는 사람들|우주|관찰자",
}
_CONFIG = """[site]
title = "{title}"
base_url = "https://feeds.example.org/"
language = "{language}"
[articles]
path = "articles"
"""
_ARTICLE = """---
title: "{title}"
publishedDateTime: {date}
originalUrl: https://example.org/{number}
topics: ["{topic}"]
provider: {{name: "{source}", domain: source.example}}
---
"""


def main() -> None:
    """Write the sheet, docs/pictures/languages.webp unless another file is given."""
    file = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "languages.webp")
    with tempfile.TemporaryDirectory() as name, _serve(Path(name)) as address:
        for language in _TEXTS:
            _freeze_site(Path(name) / language, language)
        tiles = list(_photograph(address))
    width, height = tiles[0].size
    rows = -(-len(tiles) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), "#8c857a")
    for number, tile in enumerate(tiles):
        row, column = divmod(number, _COLUMNS)
        sheet.paste(tile, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    sheet.save(file, quality=55, method=6)
    print(f"{file}: {sheet.width} x {sheet.height}, {file.stat().st_size:,} bytes")


def _freeze_site(folder: Path, language: str) -> None:
    title, first, second, topic, source = _TEXTS[language].split("|")
    (folder / "articles").mkdir(parents=True)
    (folder / "config.toml").write_text(_CONFIG.format(title=title, language=language))
    for number, headline in enumerate((first, second)):
        date = (NOW - timedelta(days=3 * number)).isoformat()
        text = _ARTICLE.format(title=headline, date=date, number=number, topic=topic, source=source)
        (folder / "articles" / f"{number}.md").write_text(text)
    freeze(open_site(load(folder / "config.toml"), NOW).publisher, folder / "build")


def _photograph(address: str) -> Iterator[Image.Image]:
    browser = Browser()
    try:
        browser.tool("Emulation.setScrollbarsHidden", hidden=True)
        browser.scheme("light")
        browser.size(_WIDTH, _HEIGHT)
        for language in _TEXTS:
            browser.go(f"{address}{language}/build/")
            with Image.open(io.BytesIO(browser.png())) as picture:
                size = (round(_WIDTH * _SCALE), round(_HEIGHT * _SCALE))
                yield picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    finally:
        browser.stop()


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with serve(functools.partial(Handler, directory=folder)) as address:
        yield address


if __name__ == "__main__":
    main()
