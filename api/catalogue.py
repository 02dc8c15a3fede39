"""What does this sentence say in the reader's language? Every word of a page or an answer comes from here.

The catalogue is gettext: a message id is a stable key such as `scan.title`, one pair of files a room under
`api/locales`, merged a language. Placeholders are `{name}`. A missing key or value is a KeyError, never a silent blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from babel.messages.pofile import read_po
from jinja2 import Environment
from markupsafe import Markup, escape

Lang = Literal["zh", "en"]

LANGS: tuple[Lang, ...] = ("zh", "en")
lang_names: Mapping[Lang, str] = MappingProxyType({"zh": "中文", "en": "English"})
html_langs: Mapping[Lang, str] = MappingProxyType({"zh": "zh-CN", "en": "en"})
"""BCP 47 tag of a language, for the `lang` attribute."""

_FOLDERS: Mapping[Lang, str] = MappingProxyType({"zh": "zh_CN", "en": "en"})
_LOCALES = Path(__file__).parent / "locales"


def say(key: str, lang: Lang, **values: object) -> str:
    """The sentence for `key`, placeholders filled. KeyError for an unknown key or a value that is not given."""
    return messages(lang)[key].format_map(values)


def say_html(key: str, lang: Lang, **values: object) -> Markup:
    """The same as HTML: sentence and values are escaped, values that are already Markup stay as they are."""
    return Markup(escape(messages(lang)[key])).format(**values)


def has(key: str, lang: Lang) -> bool:
    """Whether the catalogue knows the key: for words of data (units, names of regions), which may grow without us."""
    return key in messages(lang)


@lru_cache(maxsize=len(LANGS))
def messages(lang: Lang) -> Mapping[str, str]:
    """Every message of a language by key, all rooms merged. ValueError where two rooms claim one key."""
    merged: dict[str, str] = {}
    for path in sorted((_LOCALES / _FOLDERS[lang]).glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream):
                if not message.id:
                    continue
                key, text = str(message.id), str(message.string)
                if key in merged:
                    raise ValueError(f"{path.name}: {key} is also said in another file")
                if text:
                    merged[key] = text
    return MappingProxyType(merged)


def install(environment: Environment, lang: Lang) -> None:
    """Gives templates `_('key', name=value)`, escaped, in one language. Jinja's own i18n formats with `%`, ours not."""

    def translate(key: str, /, **values: object) -> Markup:
        return say_html(key, lang, **values)

    speak: Callable[..., Markup] = translate
    environment.globals.update({"_": speak, "lang": lang, "html_lang": html_langs[lang]})
