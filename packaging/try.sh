#!/bin/sh
# Try the bundle where there is nothing else, as root:
#
#     debootstrap --variant=minbase bookworm TREE && tar xf build/yolopose-linux.tar.gz -C TREE/opt
#     mount --bind /proc TREE/proc
#     cp packaging/try.sh TREE/root && chroot TREE sh /root/try.sh [rtsp://127.0.0.1:PORT/...]
set -u
program=/opt/yolopose/yolopose
folder=$(mktemp -d)
cd "$folder" || exit 1
failed=0

try() {
    name=$1
    shift
    if "$@" > output.txt 2>&1; then echo "good: $name"; else
        echo "FAILED ($?): $name"
        tail -n 5 output.txt
        failed=1
    fi
}

# The window where there is no display.
refused_in_a_line() {
    (unset DISPLAY WAYLAND_DISPLAY; "$program" > line.txt 2>&1)
    code=$?
    cat line.txt
    [ "$code" -eq 2 ] && [ "$(wc -l < line.txt)" -eq 1 ]
}

command -v python3 && echo "a Python is here: not a bare tree"
try "demo" "$program" demo --output demo
cp demo/sample.mp4 a.mp4 && cp demo/sample.mp4 b.mp4
try "two clips, two workers" "$program" process a.mp4 b.mp4 --output out --workers 2 --set estimator.size=128
try "annotated video" "$program" process a.mp4 --output video --video --set estimator.size=128
for format in coco motchallenge openpose dlc-csv; do
    try "convert to $format" "$program" convert demo/sample.csv --format "$format" --output "as-$format"
done
try "convert to trc-opensim" "$program" convert demo/sample.csv --format trc-opensim --height-m 1.8 --output as-trc
try "report" "$program" report demo/sample.csv
try "measure" "$program" measure demo/sample.csv --height-m 1.8
try "three dimensions" "$program" demo --cameras --output cameras
try "frames worth correcting" "$program" label demo/sample.csv --output label
try "weights for the window's own clips are listed" "$program" models
"$program" loopback --port 8765 > loopback.txt 2>&1 &
sender=$!
sleep 8
try "a stream" "$program" live tcp://127.0.0.1:8765 --no-window --output live --duration-s 8 \
    --send live.jsonl --send osc://127.0.0.1:9000 --send ws://127.0.0.1:8767
kill "$sender" 2> /dev/null
if [ $# -gt 0 ]; then
    try "RTSP" "$program" live "$1" --no-window --output rtsp --video --duration-s 10
fi
try "every part's licence" "$program" licences --output licences.txt
try "doctor" "$program" doctor
try "a window without a display is one sentence" refused_in_a_line
find . -type f -size +0 ! -name output.txt | sort
exit "$failed"
