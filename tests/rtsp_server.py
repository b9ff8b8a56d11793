"""An RTSP camera of GStreamer on loopback, for Debian's own Python (python3-gi, gst-rtsp-server).

Its pictures tell when they were made: bars for the bits of the monotonic clock in ms. Lines on
its input change what it sends: `black`, `picture`, `stall SECONDS`.
"""

import argparse
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

BITS = 20  # of the time in ms: bars over the whole width, the lowest bit to the left
RATE_HZ = 25
ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph264pay",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph265pay",
}


class Pictures:
    """Feeds every viewer's appsrc with the picture of the moment."""

    def __init__(self, size):
        self.width, self.height = size
        self.black = False
        self.silent_until_s = 0.0
        self._sources = []
        threading.Thread(target=self._feed, daemon=True).start()

    def add(self, _factory, media):
        source = media.get_element().get_child_by_name("pictures")
        source.connect("enough-data", lambda _: None)
        self._sources.append(source)
        media.connect("unprepared", lambda _: self._sources.remove(source))

    def _feed(self):
        due_s = time.monotonic()
        while True:
            due_s += 1 / RATE_HZ
            time.sleep(max(0.0, due_s - time.monotonic()))
            if time.monotonic() < self.silent_until_s:
                continue
            data = self._picture()
            for source in tuple(self._sources):
                source.emit("push-buffer", Gst.Buffer.new_wrapped(data))

    def _picture(self):
        width, height = self.width, self.height
        if self.black:
            luma = bytes([16]) * (width * height)
        else:
            now_ms = time.monotonic_ns() // 1_000_000
            row = bytearray()
            for bit in range(BITS):
                bar = (bit + 1) * width // BITS - bit * width // BITS
                row += bytes([220 if now_ms >> bit & 1 else 30]) * bar
            luma = bytes(row) * height
        return luma + bytes([128]) * (width * height // 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--codec", choices=ENCODERS, default="h264")
    parser.add_argument("--size", default="320x240")
    arguments = parser.parse_args()
    width, height = (int(part) for part in arguments.size.split("x"))
    Gst.init(None)
    pictures = Pictures((width, height))
    factory = GstRtspServer.RTSPMediaFactory()
    caps = f"video/x-raw,format=I420,width={width},height={height},framerate={RATE_HZ}/1"
    factory.set_launch(
        f"( appsrc name=pictures is-live=true do-timestamp=true format=time caps={caps} "
        f"! {ENCODERS[arguments.codec]} name=pay0 pt=96 )"
    )
    factory.connect("media-configure", pictures.add)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(arguments.port))
    server.get_mount_points().add_factory("/camera", factory)
    server.attach(None)
    print("ready", flush=True)

    def listen():
        for line in sys.stdin:
            words = line.split()
            if words[0] == "stall":
                pictures.silent_until_s = time.monotonic() + float(words[1])
            else:
                pictures.black = words[0] == "black"

    threading.Thread(target=listen, daemon=True).start()
    GLib.MainLoop().run()


main()
