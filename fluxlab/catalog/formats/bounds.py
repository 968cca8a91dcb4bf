"""How much of a file is looked at: metadata comes from strangers, and reading it must stay cheap whatever it holds.

Together they keep one file below a second and 64 MB. Pixels are never decoded.
"""

from __future__ import annotations

#: Chunks of a PNG or WebP, or segments of a JPEG, that are walked through.
CHUNKS_MAX = 65_536
#: Bytes of text, after decompression, that are kept of one file; one character may need four bytes in memory.
TEXT_BYTES_MAX = 4 * 2**20
#: What looking for texts may cost in bytes read or unpacked, with a flat price for each text and each block of EXIF.
EFFORT_MAX = 16 * 2**20
TEXT_EFFORT = 4 * 2**10
EXIF_EFFORT = 256 * 2**10
#: Texts that are kept of one file.
TEXTS_MAX = 64
#: Characters of an A1111 text: each of its lines becomes an object.
INFOTEXT_MAX = 256 * 2**10
#: Values in a JSON text, each of which becomes an object of up to some 230 bytes.
ITEMS_MAX = 100_000
#: Levels of a JSON text; what is kept of it must fit into a record.
DEPTH_MAX = 48
#: Sentences on what could not be read.
NOTES_MAX = 32
