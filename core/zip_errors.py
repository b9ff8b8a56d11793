"""What reading an archive may end in."""

import lzma
import struct
import zipfile
import zlib

# Whatever zipfile raises for archives that are damaged, encrypted or packed in another way.
ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error),
    *(KeyError, TypeError, ValueError, RuntimeError),
)
