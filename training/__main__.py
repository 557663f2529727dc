"""`python -m training train|export|evaluate|import-lasagne`."""

import argparse
import sys
from pathlib import Path

MODEL = Path("model/digits.onnx")
TRAINED = Path("build/digits.keras")


def main() -> None:
    """Parse the command line and run one step."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)

    train = steps.add_parser("train", help="train the network on MNIST")
    train.add_argument("--data", type=Path, help="folder of the MNIST files (else MNIST_DIR)")
    train.add_argument("--epochs", type=int, default=28)
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--teacher-epochs", type=int, default=0, help="of a larger network first")
    train.add_argument("--copies", type=int, default=5, help="changed copies; 0: as they are")
    train.add_argument("--limit", type=int, help="train on this many pictures only")
    train.add_argument("--output", type=Path, default=TRAINED)

    export = steps.add_parser("export", help="convert to ONNX, checked against Keras")
    export.add_argument("--source", type=Path, default=TRAINED)
    export.add_argument("--output", type=Path, default=MODEL)

    evaluate = steps.add_parser("evaluate", help="measure the exported model on test sets")
    evaluate.add_argument("--data", type=Path, help="folder of the MNIST files (else MNIST_DIR)")
    evaluate.add_argument("--semeion", type=Path, help="semeion.data or .gz, to measure it too")
    evaluate.add_argument("--model", type=Path, default=MODEL)
    evaluate.add_argument("--baseline", type=Path, metavar="FILE.onnx", help="to compare with")
    evaluate.add_argument("--output", type=Path, default=Path("model/metrics.json"))

    lasagne = steps.add_parser("import-lasagne", help="convert weights of Lasagne's MNIST example")
    lasagne.add_argument("source", type=Path, metavar="FILE.npz")
    lasagne.add_argument("--output", type=Path, default=Path("build/lasagne.onnx"))

    options = parser.parse_args()
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
            limit=options.limit,
        )
    elif options.step == "export":
        from .export import export as run_export

        run_export(options.source, options.output)
    elif options.step == "import-lasagne":
        from .lasagne import convert

        try:
            convert(options.source, options.output)
        except (OSError, ValueError) as error:
            sys.exit(str(error))
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
