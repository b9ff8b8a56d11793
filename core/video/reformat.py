"""A picture in another size or pixel format."""

import av
from av.video.reformatter import ColorRange, Colorspace


def reformatted(
    picture: av.VideoFrame,
    pixel_format: str,
    size: tuple[int, int] | None = None,
    colours: Colorspace | None = None,
    into_colours: Colorspace | None = None,
    into_range: ColorRange | None = None,
) -> av.VideoFrame:
    """The picture, or another one: with pixels as FFmpeg calls them, and width and height in px.

    `colours` are those of the picture where it does not say so itself. By the thread that asks,
    alone: by itself PyAV starts threads for each picture, which takes longer, and whoever lets go
    of the picture waits for their end. Raises av.error.FFmpegError.
    """
    width, height = size or (picture.width, picture.height)
    return picture.reformat(
        width=width,
        height=height,
        format=pixel_format,
        src_colorspace=colours,
        dst_colorspace=into_colours,
        dst_color_range=into_range,
        threads=1,
    )
