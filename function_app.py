"""The Azure Function app: adapters only. What they answer stands in shared/."""

import logging

import azure.functions as func

from shared import http, model, settings
from shared.blob_binding import BlobName

SETTINGS = settings.get()
logging.getLogger("azure").setLevel(logging.WARNING)  # else two lines a request of the SDK's
model.load()  # at cold start, so that no request waits for it

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def _answer(endpoint: http.Endpoint, req: func.HttpRequest) -> func.HttpResponse:
    content_type = req.headers.get("Content-Type", "")
    request = http.Request(req.method, req.params, content_type, req.get_body())
    response = http.answer(endpoint, request)
    return func.HttpResponse(
        response.body, status_code=response.status, headers=dict(response.headers)
    )


# Every method is routed, so that 405 is answered here, by the contract.
@app.route("recognize", methods=http.METHODS)
def recognize(req: func.HttpRequest) -> func.HttpResponse:
    """POST: the reading of one image, or of several."""
    return _answer(http.recognize_endpoint, req)


@app.route("health", methods=http.METHODS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """GET: ok once the model is loaded."""
    return _answer(http.health_endpoint, req)


@app.route("openapi.json", methods=http.METHODS)
def openapi(req: func.HttpRequest) -> func.HttpResponse:
    """GET: the description of this API."""
    return _answer(http.openapi_endpoint, req)


@app.blob_trigger(
    "upload",
    path=f"{SETTINGS.uploads_container}/{{name}}",
    connection="AzureWebJobsStorage",
    source=func.BlobSource(SETTINGS.blob_source),
)
def recognize_blob(upload: BlobName) -> None:
    """An image in the uploads container: its reading, or the problem with it, in results."""
    from shared import blobs  # the storage SDK, which no HTTP request waits for

    account = blobs.account()
    account.answer(upload.name, account.answered(upload.name))


@app.queue_trigger(
    "message", queue_name="webjobs-blobtrigger-poison", connection="AzureWebJobsStorage"
)
def give_up_blob(message: func.QueueMessage) -> None:
    """An image on which `recognize_blob` failed each time: a problem in results."""
    from shared import blobs

    blob = message.get_json()
    if blob["ContainerName"] == SETTINGS.uploads_container:  # other apps may share the queue
        blobs.account().give_up(blob["BlobName"], blobs.bare(blob["ETag"]))
