"""Two examples a command, which end its `--help`."""

EXAMPLES: dict[str, tuple[str, str]] = {
    "gui": ("gui", "gui --set estimator.size=384"),
    "live": (
        "live /dev/video0",
        "live rtsp://camera/stream --no-window --output results --send udp://127.0.0.1:9001",
    ),
    "process": (
        "process match.mp4 --output results --video",
        "process take1 --output results --calibration cameras.toml --video",
    ),
    "demo": ("demo", "demo --cameras --output first"),
    "soak": ("soak --minutes 20", "soak --minutes 120 --report soak.json"),
    "loopback": ("loopback --port 8765", "loopback --clip match.mp4 --port 8765 --size 640x360"),
    "doctor": ("doctor", "doctor --seconds 0"),
    "label": (
        "label results/clip.csv --count 24 --random 8",
        "label results/clip.csv --frames 10,250,900 --output labels",
    ),
    "import-labels": (
        "import-labels annotations.xml --tracks results/clip.csv",
        "import-labels labels.slp --tracks results/clip.csv --output clip.edits.json",
    ),
    "train": (
        "train configs/train/mobile.yaml --data train.json --validation val.json"
        " --init movenet_multipose.safetensors",
        "train configs/train/n6.yaml --data train.json --validation val.json --output runs/n6",
    ),
    "pack": ("pack train.json archives", "pack train.json archives --side 416"),
    "train-chooser": (
        "train-chooser --data train.json --output chosen.safetensors",
        "train-chooser --model mine.safetensors --data train.json --output chosen.safetensors",
    ),
    "finetune": (
        "finetune results/clip.labels/people.json --output mine.safetensors",
        "finetune people.json --output mine.safetensors --steps 400 --share 1",
    ),
    "eval": (
        "eval --data val.json --size 512",
        "eval --model mine.safetensors --data val.json --errors --pictures worst.png",
    ),
    "eval-tracks": ("eval-tracks MOT17/train", "eval-tracks sequence --input noisy-poses --each"),
    "import-weights": (
        "import-weights yolov5s6_pose.pt",
        "import-weights yolov5s6_pose.pt --output s6.safetensors",
    ),
    "export": ("export --people --output export", "export --precision int8 --data val.json"),
    "bench": ("bench --rounds 3", "bench --model theirs.onnx --frames 50"),
    "licences": ("licences", "licences --output licences.txt"),
    "models": ("models", "models download rtmo-s"),
    "replay": (
        "replay results/clip.poses --output again",
        "replay results/clip.poses --output again --edits clip.edits.json",
    ),
    "convert": (
        "convert results/clip.csv --format trc-opensim",
        "convert results/clip.csv --format coco --output coco",
    ),
    "calibrate": (
        "calibrate board left.mp4 right.mp4 --board charuco:5x7:50mm:37mm:4x4 --floor-s 41"
        " --output cameras.toml",
        "calibrate people a.csv b.csv --lenses lenses.toml --height-m 1.80 --output cameras.toml",
    ),
    "sync": (
        "sync left.csv right.csv --output sync.toml",
        "sync left.csv right.csv --calibration cameras.toml --offset right=0.25",
    ),
    "reconstruct": (
        "reconstruct left.csv right.csv --calibration cameras.toml --sync sync.toml --video",
        "reconstruct cam01_json cam02_json --input-hz 60 --calibration cameras.toml --format trc",
    ),
    "report": ("report results/*.csv --fail-below 60", "report results/people.3d.csv"),
    "measure": (
        "measure results/clip.csv --height-m 1.80",
        "measure results/people.3d.csv --repetitions left_knee",
    ),
}


def epilog(command: str, before: str | None) -> str:
    """What ends a command's help: what it says itself, then the examples."""
    lines = [f"  python -m app {example}" for example in EXAMPLES[command]]
    return "\n".join([*([before, ""] if before else []), "examples:", *lines])
