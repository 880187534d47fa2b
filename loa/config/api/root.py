"""The JSON API of the platform, put together from the domains: /api/v1, its description and its page offline."""

from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema

from loa.broadcasts import api as broadcasts
from loa.broadcasts.changes.registry import KINDS
from loa.config.api import problems
from loa.config.api.auth import WAYS
from loa.devices import api as devices

_REF = "#/components/schemas/{name}"


class Api(NinjaAPI):
    """Describes the kinds of changes too, which are the structs of the house."""

    def get_openapi_schema(self, **more: Any) -> OpenAPISchema:
        """As ninja, and every kind of change."""
        schema = super().get_openapi_schema(**more)
        parts = schema["components"]["schemas"]
        kinds, described = msgspec.json.schema_components(KINDS, ref_template=_REF)
        parts.update(described)
        parts["AnyChange"] = {"anyOf": kinds, "description": "field `kind` says which"}
        for name in ("PreviewIn", "KeepIn"):
            parts[name]["properties"]["change"] = {"$ref": _REF.format(name="AnyChange")}
        return schema


api = Api(
    title="Loa",
    version="1",
    description="Lịch phát, giờ phát thực tế và dừng loa. Mọi thay đổi được xem trước rồi mới giữ.",
    urls_namespace="api",
    auth=WAYS,
    docs=Swagger(settings={"deepLinking": True, "supportedSubmitMethods": []}),
    docs_decorator=login_required,
)
api.add_router("", broadcasts.router)
api.add_router("", devices.router)
problems.install(api)
