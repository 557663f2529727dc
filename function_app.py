"""The Azure Function app: adapters only. What they answer stands in shared/."""

import azure.functions as func

from shared import batch, http, model, settings

SETTINGS = settings.get()
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
@app.blob_output(
    "result",
    path=f"{SETTINGS.results_container}/{batch.result_name('{name}')}",
    connection="AzureWebJobsStorage",
)
def recognize_blob(upload: func.InputStream, result: func.Out[bytes]) -> None:
    """An image in the uploads container: its reading, or the problem with it, in results."""
    source = (upload.name or "").removeprefix(f"{SETTINGS.uploads_container}/")
    result.set(batch.answer(source, upload.read()))
