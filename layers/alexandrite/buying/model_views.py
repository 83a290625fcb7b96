"""What owners are shown of their models, and anybody of the catalogue."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, Field

from alexandrite.buying.delivery import Method
from alexandrite.domain.models import Analysis, Finding, Unit
from alexandrite.domain.price_lists import PriceList
from alexandrite.http.answers import Told
from alexandrite.models.bucket import UploadForm
from alexandrite.models.record import FileRefusal, Model, Progress
from alexandrite.models.uploads import ModelView, Registration


class ModelRow(Told):
    """A model in a list."""

    model_id: str
    file_name: str
    size_bytes: int
    unit: Unit | None
    unit_confirmed: bool
    stage: str = Field(description="awaiting_upload, uploaded, analysing, analysed, refused; more may be added")
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(cls, model: Model) -> "ModelRow":
        """Return a model as a list shows it."""
        return cls(**_row(model))


class ModelDetail(ModelRow):
    """A model with everything that is known of it; lengths in millimetres, areas in mm2, volumes in mm3."""

    progress: Progress | None
    analysis: Analysis | None
    findings: tuple[Finding, ...] = Field(description="those that hold in every material")
    refusal: FileRefusal | None
    preview_url: str | None = Field(description="an image, to be fetched within some minutes")

    @classmethod
    def seen(cls, view: ModelView, preview_url: str | None) -> "ModelDetail":
        """Return a model as its owner sees it."""
        return cls(
            **_row(view.model),
            progress=view.progress,
            analysis=view.model.analysis,
            findings=view.findings,
            refusal=view.model.refusal,
            preview_url=preview_url,
        )


class NewModelView(Told):
    """A registered model, and the form that takes its file: POST the fields and then `file` to its address."""

    model: ModelRow
    upload: UploadForm | None = Field(description="None once the file has arrived")

    @classmethod
    def of(cls, registration: Registration) -> "NewModelView":
        """Return what the owner needs to upload the file."""
        return cls(model=ModelRow.of(registration.model), upload=registration.form)


class ModelPage(Told):
    """A page of models, newest first."""

    items: tuple[ModelRow, ...]
    next_cursor: str | None


class MaterialRow(Told):
    """A material, and the finishes it is offered with."""

    code: str
    ru: str
    en: str
    precious: bool
    density_g_per_cm3: str
    wall_blocks_mm: str = Field(description="thinner walls are refused")
    wall_warns_mm: str
    largest_box_mm: tuple[str, str, str]
    finishes: tuple[str, ...]


class FinishRow(Told):
    """A finish."""

    code: str
    ru: str
    en: str


class Catalogue(Told):
    """What can be ordered."""

    price_list_version: str
    currency: str
    materials: tuple[MaterialRow, ...]
    finishes: tuple[FinishRow, ...]
    lead_times: tuple[str, ...]
    delivery_minor: dict[str, int] = Field(description="by method: net, integer minor units")

    @classmethod
    def of(cls, prices: PriceList, delivery_minor: Mapping[Method, int]) -> "Catalogue":
        """Return what a price list offers."""
        return cls(
            price_list_version=prices.version,
            currency=prices.currency,
            materials=tuple(
                MaterialRow(
                    code=material.code,
                    ru=material.ru,
                    en=material.en,
                    precious=material.precious,
                    density_g_per_cm3=str(material.density_g_per_cm3),
                    wall_blocks_mm=str(material.wall_blocks_mm),
                    wall_warns_mm=str(material.wall_warns_mm),
                    largest_box_mm=_texts(material.largest_box_mm),
                    finishes=material.finishes,
                )
                for material in prices.materials
            ),
            finishes=tuple(FinishRow(code=each.finish, ru=each.ru, en=each.en) for each in prices.finishes),
            lead_times=tuple(prices.lead_time_labour_factor),
            delivery_minor={str(method): cost for method, cost in delivery_minor.items()},
        )


def _texts(box: tuple[object, object, object]) -> tuple[str, str, str]:
    return str(box[0]), str(box[1]), str(box[2])


def _row(model: Model) -> dict[str, Any]:
    return {
        "model_id": model.model_id,
        "file_name": model.declared.file_name,
        "size_bytes": model.declared.size_bytes,
        "unit": model.unit,
        "unit_confirmed": model.unit_confirmed,
        "stage": str(model.stage),
        "created_at": model.created_at,
        "updated_at": model.updated_at,
    }
