"""The host's part: starts Microsoft's runtime library on an app, and passes invocations to it.

Runs inside the Debian of install.sh: `host.py APP`. Reads an invocation a line, JSON with
`function`, `input` and `metadata`, and answers with a line each. Bytes are base64.
"""

import asyncio
import base64
import contextlib
import json
import sys
import uuid
from types import SimpleNamespace
from typing import Any

from azure_functions_runtime import handle_event
from azure_functions_runtime.utils.threadpool import start_threadpool_executor


class Message(SimpleNamespace):
    """A message of the protocol between host and worker: fields, of which one is set."""

    Failure, Success = "failure", "success"  # of StatusResult
    out, inout = 1, 2  # of BindingInfo

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802 - protobuf's name
        """The field of a union that is set; those that are no part of it are `name`."""
        return next((key for key in vars(self) if key != "name"), None)


setattr(Message, "in", 0)


class Protocol:
    """Stands for the generated protobuf modules, which are published on no registry."""

    def __getattr__(self, _: str) -> type[Message]:
        return Message


def typed(value: Any) -> Message:
    """What the host sends for one value."""
    ((kind, content),) = value.items()
    if kind == "bytes":
        content = base64.b64decode(content)
    elif kind == "http":
        content = Message(**{**content, "body": typed(content["body"])})
    elif kind == "model_binding_data":
        content = Message(**{**content, "content": json.dumps(content["content"]).encode()})
    return Message(**{kind: content})


def untyped(message: Message) -> Any:
    """An answer as JSON."""
    if isinstance(message, Message):
        return {key: untyped(value) for key, value in vars(message).items()}
    if isinstance(message, bytes):
        return base64.b64encode(message).decode()
    return message


def request(kind: str, **fields: Any) -> Any:
    return SimpleNamespace(
        request=SimpleNamespace(**{kind: Message(**fields)}),
        properties={"protos": Protocol(), "host": "127.0.0.1"},
    )


async def serve(app: str) -> None:
    """Index and load all functions, tell of them, and invoke what is asked for."""
    started = await handle_event.worker_init_request(
        request("worker_init_request", function_app_directory=app, capabilities={})
    )
    if started.result.status != "success":
        sys.exit(started.result.exception.message + started.result.exception.stack_trace)
    start_threadpool_executor()
    found = await handle_event.functions_metadata_request(request("functions_metadata_request"))
    functions = {f.name: f for f in found.function_metadata_results}
    for function in functions.values():
        loaded = await handle_event.function_load_request(
            request("function_load_request", function_id=function.function_id)
        )
        assert loaded.result.status == "success"
    tell(
        {
            "functions": {
                name: list(map(json.loads, f.raw_bindings)) for name, f in functions.items()
            },
            "modules": [name for name in sys.modules if name.startswith("azure.")],
        }
    )
    for line in sys.stdin:
        asked = json.loads(line)
        ((name, value),) = asked["input"].items()
        answer = await handle_event.invocation_request(
            request(
                "invocation_request",
                invocation_id=str(uuid.uuid4()),
                function_id=functions[asked["function"]].function_id,
                input_data=[Message(name=name, data=typed(value))],
                trigger_metadata={k: typed(v) for k, v in asked["metadata"].items()},
                trace_context=Message(trace_parent="", trace_state="", attributes={}),
                retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
            )
        )
        tell(untyped(answer))


def tell(content: Any) -> None:
    print(json.dumps(content, default=str), file=answers, flush=True)


if __name__ == "__main__":
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # what the app prints is no answer
        asyncio.run(serve(sys.argv[1]))
