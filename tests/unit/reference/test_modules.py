"""Pages of hand-written modules, made of small ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from remora_codegen import reference
from remora_codegen.diagnostics import GeneratorError
from remora_codegen.model import Schema
from remora_codegen.render import Options, Templates

FRONT = '''
"""Everything of the shop.

    import shop_front
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shop_values.prices import Price as Price
    from shop_values.prices import buy as buy
    from shop_values.prices import old
'''

PRICES = '''
"""What things cost."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, TypedDict, Unpack

from .currencies import Currency

__all__ = ["CHEAP", "Mode", "Options", "Price", "Size", "Way", "buy", "pay"]

Mode: TypeAlias = Literal["now", "later"]
"""When it is paid."""

CHEAP = 3
"""What counts as cheap."""

_LONG = 60.0


class Way(str, enum.Enum):
    """How it comes."""

    SHIP = "ship"
    _HIDDEN = "hidden"


class _Amount:
    def doubled(self) -> _Amount:
        """Twice as much."""


@dataclass(frozen=True)
class Price(_Amount):
    """A price. Taxes are in it.

    Attributes:
        amount: How much.
        currency: Of what.
        notes: For people.

    Example:
        >>> Price(3).buy()
    """

    amount: int
    currency: Currency = Currency()
    notes: dict[str, str] = field(default_factory=dict, kw_only=True)
    _seen: int = 0

    @property
    def tax(self) -> int:
        """The part of the state."""

    @property
    def buy(self) -> _Buy:
        """Buy for this."""

    @classmethod
    def of(cls, text: str, *, mode: Mode = "now") -> Price:
        """Read a price.

        Args:
            text: The `Price` as text.
            mode: When.

        Raises:
            ValueError: it is none.
        """

    def _private(self) -> None: ...


class Size(NamedTuple):
    """A size.

    Attributes:
        width: In mm.
    """

    width: int


class Options(TypedDict, total=False):
    """Wishes.

    Attributes:
        gift: With a ribbon.
    """

    gift: bool


class _Buy:
    def __call__(self, count: int = 1, *, timeout: float = _LONG) -> None:
        """Buy at once.

        Args:
            count: How many.
            timeout: Seconds.
        """

    async def aio(self, count: int = 1, *, timeout: float = _LONG) -> None:
        """Buy at once."""


buy = _Buy()
"""Buy something."""


async def pay(price: Price, /, mode: Mode, **options: Unpack[Options]) -> list[Price] | None:
    """Pay.

    Args:
        price: The price.
        mode: When.

    Returns:
        what is left
    """


def old() -> None:
    """Not offered."""
'''


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    (tmp_path / "shop_values").mkdir()
    (tmp_path / "shop_values/__init__.py").write_text('"""Values."""\n')
    (tmp_path / "shop_values/prices.py").write_text(PRICES)
    (tmp_path / "shop_values/currencies.py").write_text('class Currency:\n    """Money of a country."""\n')
    (tmp_path / "shop_front.py").write_text(FRONT)
    monkeypatch.syspath_prepend(tmp_path)
    return rendered("shop_front", "shop_values.prices")


def rendered(*modules: str) -> dict[str, str]:
    made = reference.outputs(Schema(()), [], Templates(), Options(package="shop_api"), modules)
    return {output.path: output.text for output in made}


def test_a_front_door_leads_to_the_page_of_the_module(pages: dict[str, str]) -> None:
    assert "| [`Price`](shop_values.prices.md#price) | A price. |" in pages["shop_front.md"]
    assert "| [`buy()`](shop_values.prices.md#buy) | Buy at once. |" in pages["shop_front.md"]
    assert "old" not in pages["shop_front.md"]
    assert "TYPE_CHECKING" not in pages["shop_front.md"]
    assert "from shop_front import Price" in pages["shop_values.prices.md"]
    assert "from shop_values.prices import Size" in pages["shop_values.prices.md"]
    assert "| [`shop_front`](shop_front.md) | Everything of the shop. |" in pages["index.md"]


def test_a_dataclass(pages: dict[str, str]) -> None:
    page = pages["shop_values.prices.md"]
    signature = "class Price(amount: int, currency: Currency = Currency(), *, notes: dict[str, str] = {})"
    assert f"```python\n{signature}\n```" in page
    assert "| `notes` | `dict[str, str]` | `{}` | For people. |" in page
    assert "| `tax` | `int` | The part of the state. |" in page
    assert "_seen" not in page
    assert "_private" not in page
    assert "```python\nPrice(3).buy()\n```" in page


def test_what_private_bases_have_is_shown_with_the_class(pages: dict[str, str]) -> None:
    page = pages["shop_values.prices.md"]
    assert "### Price.doubled()" in page
    assert "_Amount`." not in page
    assert "Bases: `str`, `enum.Enum`." in page


def test_a_property_with_two_forms_is_a_method(pages: dict[str, str]) -> None:
    page = pages["shop_values.prices.md"]
    assert "| [`Price.buy()`](#pricebuy) | Buy for this. |" in page
    assert "> Blocking: `price.buy(...)`. Async: `await price.buy.aio(...)`." in page
    assert "def buy(count: int = 1, *, timeout: float = 60.0) -> None" in page


def test_members_keys_and_values(pages: dict[str, str]) -> None:
    page = pages["shop_values.prices.md"]
    assert '| `SHIP` | `"ship"` |' in page
    assert "_HIDDEN" not in page
    assert "**Keys**\n\n| Key | Type | Meaning |\n|---|---|---|\n| `gift` | `bool` | With a ribbon. |" in page
    assert "```python\nCHEAP = 3\n```" in page
    assert '```python\nMode = Literal["now", "later"]\n```' in page


def test_functions(pages: dict[str, str]) -> None:
    page = pages["shop_values.prices.md"]
    head = "async def pay(price: Price, /, mode: Mode, **options: Unpack[Options]) -> list[Price] | None"
    assert f"## pay()\n\n```python\n{head}\n```\n\nPay.\n\n> Async: `await pay(...)`.\n" in page
    # The keywords that `**options` stands for are spelled out.
    assert "| `gift` | `bool` | With a ribbon. |" in page
    assert "**Returns:** What is left." in page
    assert "## buy()" in page
    assert "> Blocking: `shop_front.buy(...)`. Async: `await shop_front.buy.aio(...)`." in page


def test_errors_and_types_of_methods(pages: dict[str, str]) -> None:
    page = pages["shop_values.prices.md"]
    assert "| `text` | `str` |  | The `Price` as text. |" in page
    assert '| `mode` | [`Mode`](#mode) | `"now"` | When. |' in page
    assert "| `ValueError` | It is none. |" in page


def test_a_module_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(GeneratorError) as caught:
        rendered("shop_frnt", "no_such.module")
    assert {item.message for item in caught.value.diagnostics} == {
        "there is no module 'shop_frnt'",
        "there is no module 'no_such.module'",
    }
    assert caught.value.diagnostics[0].location.file == "reference-modules"
