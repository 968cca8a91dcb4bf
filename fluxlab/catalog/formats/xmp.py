"""The XMP packet that says, in IPTC's words, that an image was made by a model."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from fluxlab.catalog.record import fluxlab_version

#: The key under which a PNG carries XMP.
XMP_KEY = "XML:com.adobe.xmp"
_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: IPTC's term for an image made wholly by a trained model.
MADE_BY_MODEL = _TYPES + "trainedAlgorithmicMedia"


def packet() -> str:
    """The XMP packet for an image that fluxlab made.

    It names the digital source type, which platforms and viewers look for to label such images, and the program.
    """
    tool = quoteattr(f"fluxlab {fluxlab_version()}")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about=""\n'
        '    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\n'
        '    xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
        f'    Iptc4xmpExt:DigitalSourceType="{MADE_BY_MODEL}"\n'
        f"    xmp:CreatorTool={tool}/>\n"
        " </rdf:RDF>\n"
        "</x:xmpmeta>\n"
        '<?xpacket end="r"?>'
    )
