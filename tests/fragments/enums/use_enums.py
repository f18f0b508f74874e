"""Aliases, negative and unknown numbers, and prefixes that can or cannot go."""

from __future__ import annotations

from frag_enums.enums import Level, Levels, LevelServiceBase, LevelServiceStub, LevelsInner, Mixed, Year
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(LevelServiceBase):
    async def echo(self, request: Levels, context: ServerContext) -> Levels:
        return request


NUMBERS: list[tuple[object, object]] = [
    (Level.ZERO, Level.NONE),
    (Level.TOP, Level.HIGHEST),
    (Level.LOW, -1),
    (Level.LOWEST, -(2**31)),
    (Level.TOP, 2**31 - 1),
    (Level(12345), 12345),
    (Year.YEAR_2024, 1),
    (Mixed.MIXED_A, 0),
    (Mixed.OTHER, 1),
    (LevelsInner.OTHER, 5),
]


async def main() -> None:
    unknown = Level(12345)
    for member, number in NUMBERS:
        assert member == number
    assert [member.name for member in Level] == ["NONE", "LOW", "LOWEST", "HIGHEST"], "an alias is no member"
    levels = Levels(
        level=Level.LOWEST,
        packed=[Level.LOW, Level.NONE, Level.TOP, unknown],
        unpacked=[Level.LOW, unknown],
        named={"low": Level.LOW, "none": Level.NONE, "new": Level(-7)},
        maybe=Level.ZERO,
        year=Year.YEAR_2024,
        mixed=Mixed.OTHER,
        inner=LevelsInner.OTHER,
    )
    assert again(levels).packed[3] == 12345
    assert again(levels).maybe is Level.NONE
    assert again(Levels()).maybe is None
    assert levels.to_dict()["year"] == "YEAR_2024"
    async with calling(Server()) as channel:
        assert await LevelServiceStub(channel).echo(levels) == levels


if __name__ == "__main__":
    run(main)
