"""A blob's name as what a blob trigger hands over, in place of its content.

The host would download a blob of any size and pass it on; and the SDK's own client as a binding
would be imported at cold start, on the path of one image too. A name costs neither.
"""

import json
from typing import Any

from azurefunctions.extensions.base import Datum, InConverter, SdkType


class BlobName(SdkType):
    """The blob that a trigger tells of.

    Attributes:
        name: its path in its container.
    """

    def __init__(self, data: Datum) -> None:
        self.name: str = json.loads(data.content)["BlobName"]

    def get_sdk_type(self) -> "BlobName":
        """Itself."""
        return self


class _Converter(InConverter, binding="blob", trigger="blobTrigger"):  # type: ignore[call-arg]
    @classmethod
    def check_input_type_annotation(cls, pytype: type) -> bool:
        return issubclass(pytype, BlobName)

    @classmethod
    def decode(cls, data: Datum, **_: Any) -> BlobName:
        return BlobName(data.value)
