"""`python -m training train|train-rows|export|export-rows|evaluate|numbers|own|...`."""

import argparse
import sys
from pathlib import Path

from shared.recognize import MODES

from .outputs import Unusable

MODEL = Path("model/digits.onnx")
ROWS_MODEL = Path("model/rows.onnx")
TRAINED = Path("build/digits.keras")
ROWS_TRAINED = Path("build/rows.keras")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)

    train = steps.add_parser("train", help="train the network of one digit on MNIST")
    rows = steps.add_parser("train-rows", help="train the network of a row, on rows of MNIST's")
    for step, epochs, output in ((train, 64, TRAINED), (rows, 5, ROWS_TRAINED)):
        step.add_argument("--data", type=Path, help="folder of the MNIST files (else MNIST_DIR)")
        step.add_argument("--epochs", type=_positive, default=epochs)
        step.add_argument("--seed", type=_natural, default=1)
        step.add_argument(
            "--precision",
            choices=("float32", "mixed_bfloat16"),
            help="else what the processor is fastest in",
        )
        step.add_argument("--output", type=Path, default=output)
    train.add_argument(
        "--teacher-epochs", type=_natural, default=14, help="of a larger network first; 0: none"
    )
    train.add_argument("--copies", type=_natural, default=8, help="changed copies; 0: as they are")
    train.add_argument("--limit", type=_positive, help="train on this many pictures only")
    rows.add_argument("--rows", type=_positive, default=240_000, help="to write and to train on")

    for name, source, output in (
        ("export", TRAINED, MODEL),
        ("export-rows", ROWS_TRAINED, ROWS_MODEL),
    ):
        export = steps.add_parser(name, help="convert to ONNX, checked against Keras")
        export.add_argument("--source", type=Path, default=source)
        export.add_argument("--output", type=Path, default=output)
        if name == "export-rows":
            export.add_argument("--data", type=Path, help="folder of MNIST, to measure ranges on")

    evaluate = steps.add_parser("evaluate", help="measure the exported model on test sets")
    evaluate.add_argument("--data", type=Path, help="folder of the MNIST files (else MNIST_DIR)")
    evaluate.add_argument("--semeion", type=Path, help="semeion.data or .gz, to measure it too")
    evaluate.add_argument("--model", type=Path, default=MODEL)
    evaluate.add_argument("--baseline", type=Path, metavar="FILE.onnx", help="to compare with")
    evaluate.add_argument("--output", type=Path, default=Path("model/metrics.json"))

    numbers = steps.add_parser("numbers", help="measure it on pictures of whole numbers")
    peers = steps.add_parser("peers", help="read them with Tesseract and RapidOCR, to compare")
    review = steps.add_parser("review", help="measure which readings a person should look at")
    for step, count in ((numbers, 400), (peers, 100), (review, 400)):
        step.add_argument("--data", type=Path, help="folder of the MNIST files (else MNIST_DIR)")
        step.add_argument("--model", type=Path, default=MODEL)
        step.add_argument("--count", type=_positive, default=count, help="of pictures in each set")
    for step in (numbers, peers):
        step.add_argument("--glyphs", choices=("test", "held-out"), default="test")
        step.add_argument("--seed", type=_natural, default=1)
    numbers.add_argument("--semeion", type=Path, help="semeion.data or .gz, for other writers")
    numbers.add_argument(
        "--output", type=Path, help="else model/numbers.json, held-out ones reports/numbers.json"
    )
    review.add_argument("--output", type=Path, default=Path("model/review.json"))

    own = steps.add_parser("own", help="measure it on your own pictures")
    own.add_argument("labels", type=Path, metavar="LABELS", help="a table (CSV), or the page's zip")
    own.add_argument("--mode", choices=MODES, default="auto")
    own.add_argument("--model", type=Path, default=MODEL)
    own.add_argument("--output", type=Path, default=Path("reports/own.png"))

    steps.add_parser("card", help="write the figures into the model card and the README")

    lasagne = steps.add_parser("import-lasagne", help="convert weights of Lasagne's MNIST example")
    lasagne.add_argument("source", type=Path, metavar="FILE.npz")
    lasagne.add_argument("--output", type=Path, default=Path("build/lasagne.onnx"))

    return parser.parse_args()


def main() -> None:
    """Parse the command line and run one step."""
    try:
        _run(_parsed())
    except (OSError, Unusable) as error:  # data that is not there, or other data
        sys.exit(str(error))


def _positive(text: str) -> int:
    return _at_least(1, text)


def _natural(text: str) -> int:
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from {least} on")
    return number


def _run(options: argparse.Namespace) -> None:
    # Keras takes seconds to import, so each step imports its own module.
    if options.step == "train":
        from .train import train as run

        run(
            options.data,
            options.output,
            epochs=options.epochs,
            seed=options.seed,
            teacher_epochs=options.teacher_epochs,
            copies=options.copies,
            precision=options.precision,
            limit=options.limit,
        )
    elif options.step == "train-rows":
        from .train_rows import train_rows

        train_rows(
            options.data,
            options.output,
            rows=options.rows,
            epochs=options.epochs,
            seed=options.seed,
            precision=options.precision,
        )
    elif options.step == "export":
        from .export import export

        export(options.source, options.output)
    elif options.step == "export-rows":
        from .export import export_rows

        export_rows(options.source, options.output, folder=options.data)
    elif options.step == "numbers":
        from .evaluate_numbers import evaluate_numbers

        place = "model" if options.glyphs == "test" else "reports"
        evaluate_numbers(
            options.model,
            options.output or Path(place, "numbers.json"),
            glyphs=options.glyphs,
            count=options.count,
            seed=options.seed,
            folder=options.data,
            semeion=options.semeion,
        )
    elif options.step == "peers":
        from .peers import compare

        compare(
            options.model,
            glyphs=options.glyphs,
            count=options.count,
            seed=options.seed,
            folder=options.data,
        )
    elif options.step == "review":
        from .review import review

        review(options.model, options.output, count=options.count, folder=options.data)
    elif options.step == "own":
        from .own import measure

        measure(options.model, options.labels, mode=options.mode, sheet=options.output)
    elif options.step == "card":
        from .card import fill

        for path in (MODEL.parent / "README.md", Path("README.md"), Path("docs/scale.md")):
            fill(path, MODEL.parent)
    elif options.step == "import-lasagne":
        from .lasagne import convert

        convert(options.source, options.output)
    else:
        from .evaluate import evaluate as run_evaluate

        run_evaluate(
            options.model,
            options.output,
            folder=options.data,
            semeion=options.semeion,
            baseline=options.baseline,
        )


if __name__ == "__main__":
    main()
