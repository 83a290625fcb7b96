"""The materials and finishes that Alexandrite works in, with the properties that do not depend on prices.

Densities are those of the alloys as jewellers' tables give them. Shrinkage, walls, boxes and losses are starting
values of the company's own process and are the company's to set: `MATERIALS` is part of every price list, so that a
change is a new version and never touches an open offer.
"""

from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from alexandrite.domain.values import Value


class FineMetal(StrEnum):
    """A metal that is quoted by the gram of its fine weight."""

    GOLD = "gold"
    SILVER = "silver"
    PLATINUM = "platinum"


class Finish(StrEnum):
    """What is done to the surface after casting."""

    AS_CAST = "as_cast"
    TUMBLED = "tumbled"
    SATIN = "satin"
    POLISHED = "polished"
    OXIDISED = "oxidised"
    RHODIUM = "rhodium"
    GILDED = "gilded"


class Process(StrEnum):
    """How a piece comes to be: printed in resin and delivered so, or printed, invested and cast."""

    PRINT = "print"
    CAST = "cast"


class Material(Value):
    """A material as the floor knows it; lengths in millimetres, fractions as fractions of one."""

    code: str
    ru: str
    en: str
    process: Process
    fine_metal: FineMetal | None = Field(default=None, description="None: not precious, not hallmarked")
    fineness: Decimal = Field(default=Decimal(0), ge=0, le=1, description="share of fine metal by mass")
    density_g_per_cm3: Decimal = Field(gt=0)
    shrinkage: Decimal = Field(ge=0, lt=1, description="linear, from the printed pattern to the piece")
    irrecoverable_loss: Decimal = Field(ge=0, lt=1, description="of the finished mass: never comes back from the melt")
    wall_blocks_mm: Decimal = Field(gt=0)
    wall_warns_mm: Decimal = Field(gt=0)
    largest_box_mm: tuple[Decimal, Decimal, Decimal]
    finishes: tuple[Finish, ...]

    @property
    def precious(self) -> bool:
        """Whether pieces must be hallmarked and the metal follows a dated rate."""
        return self.fine_metal is not None


class FinishTreatment(Value):
    """A finish in words, and the share of the finished mass that working the surface removes."""

    finish: Finish
    ru: str
    en: str
    removed_mass: Decimal = Field(ge=0, lt=1)


_STANDARD_BOX = (Decimal(80), Decimal(80), Decimal(110))
_PLATINUM_BOX = (Decimal(50), Decimal(50), Decimal(60))
_ALWAYS = (Finish.AS_CAST, Finish.TUMBLED, Finish.SATIN, Finish.POLISHED)


def _base_metal(code: str, ru: str, en: str, density: str) -> Material:
    return Material(
        code=code,
        ru=ru,
        en=en,
        process=Process.CAST,
        density_g_per_cm3=Decimal(density),
        shrinkage=Decimal("0.016"),
        irrecoverable_loss=Decimal("0.08"),
        wall_blocks_mm=Decimal("0.5"),
        wall_warns_mm=Decimal("0.8"),
        largest_box_mm=_STANDARD_BOX,
        finishes=(*_ALWAYS, Finish.OXIDISED, Finish.GILDED),
    )


def _gold(fineness: int, colour: str, ru: str, density: str) -> Material:
    white = colour == "white"
    return Material(
        code=f"gold_{fineness}_{colour}",
        ru=f"{ru} золото {fineness}",
        en=f"{colour.capitalize()} gold {fineness}",
        process=Process.CAST,
        fine_metal=FineMetal.GOLD,
        fineness=Decimal(fineness) / 1000,
        density_g_per_cm3=Decimal(density),
        shrinkage=Decimal("0.012"),
        irrecoverable_loss=Decimal("0.03"),
        wall_blocks_mm=Decimal("0.4"),
        wall_warns_mm=Decimal("0.7"),
        largest_box_mm=_STANDARD_BOX,
        finishes=(*_ALWAYS, Finish.RHODIUM) if white else _ALWAYS,
    )


MATERIALS: tuple[Material, ...] = (
    Material(
        code="castable_resin",
        ru="Литейная смола",
        en="Castable resin",
        process=Process.PRINT,
        density_g_per_cm3=Decimal("1.15"),
        shrinkage=Decimal("0.005"),
        irrecoverable_loss=Decimal(0),
        wall_blocks_mm=Decimal("0.3"),
        wall_warns_mm=Decimal("0.5"),
        largest_box_mm=_STANDARD_BOX,
        finishes=(Finish.AS_CAST,),
    ),
    _base_metal("brass", "Латунь", "Brass", "8.5"),
    _base_metal("bronze", "Бронза", "Bronze", "8.8"),
    Material(
        code="silver_925",
        ru="Серебро 925",
        en="Silver 925",
        process=Process.CAST,
        fine_metal=FineMetal.SILVER,
        fineness=Decimal("0.925"),
        density_g_per_cm3=Decimal("10.36"),
        shrinkage=Decimal("0.015"),
        irrecoverable_loss=Decimal("0.05"),
        wall_blocks_mm=Decimal("0.4"),
        wall_warns_mm=Decimal("0.8"),
        largest_box_mm=_STANDARD_BOX,
        finishes=(*_ALWAYS, Finish.OXIDISED, Finish.RHODIUM, Finish.GILDED),
    ),
    _gold(585, "yellow", "Жёлтое", "13.24"),
    _gold(585, "rose", "Розовое", "13.2"),
    _gold(585, "white", "Белое", "14.7"),
    _gold(750, "yellow", "Жёлтое", "15.4"),
    _gold(750, "rose", "Розовое", "15.2"),
    _gold(750, "white", "Белое", "16.0"),
    Material(
        code="platinum_950",
        ru="Платина 950",
        en="Platinum 950",
        process=Process.CAST,
        fine_metal=FineMetal.PLATINUM,
        fineness=Decimal("0.95"),
        density_g_per_cm3=Decimal("20.7"),
        shrinkage=Decimal("0.015"),
        irrecoverable_loss=Decimal("0.04"),
        wall_blocks_mm=Decimal("0.5"),
        wall_warns_mm=Decimal("0.9"),
        largest_box_mm=_PLATINUM_BOX,
        finishes=_ALWAYS,
    ),
)

FINISHES: tuple[FinishTreatment, ...] = (
    FinishTreatment(finish=Finish.AS_CAST, ru="Как отлито", en="As cast", removed_mass=Decimal(0)),
    FinishTreatment(finish=Finish.TUMBLED, ru="Галтовка", en="Tumbled", removed_mass=Decimal("0.005")),
    FinishTreatment(finish=Finish.SATIN, ru="Матирование", en="Satin", removed_mass=Decimal("0.02")),
    FinishTreatment(finish=Finish.POLISHED, ru="Полировка", en="Polished", removed_mass=Decimal("0.03")),
    FinishTreatment(finish=Finish.OXIDISED, ru="Оксидирование", en="Oxidised", removed_mass=Decimal("0.02")),
    FinishTreatment(finish=Finish.RHODIUM, ru="Родирование", en="Rhodium plated", removed_mass=Decimal("0.03")),
    FinishTreatment(finish=Finish.GILDED, ru="Золочение", en="Gilded", removed_mass=Decimal("0.03")),
)
