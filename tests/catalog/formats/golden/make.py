"""Make the golden files again: tiny images with the metadata that each program writes, FLUX examples all of them.

``python tests/catalog/formats/golden/make.py [FOLDER]`` writes into this folder, or another. What a reader must find in
each is in ``expected.json``, which was checked by hand. The texts are made up, in the form that the programs give them.
"""

import io
import json
import struct
import sys
from pathlib import Path

from PIL import Image, PngImagePlugin

from fluxlab.catalog.encoding import dump
from fluxlab.catalog.formats import parameters
from fluxlab.catalog.images import encode_png, pixel_hash

FORGE = (
    "a lighthouse at dusk, oil on canvas, thick strokes <lora:flux ink wash:0.8> <lora:Detail-Slider_v2:-1.5>\n"
    "Steps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 2885406573, "
    "Size: 896x1152, Model hash: 275ef623d3, Model: flux1-dev-fp8, "
    'Lora hashes: "flux ink wash: 8a9d2f1e0c3b, Detail-Slider_v2: 0c7e5d4b3a29", Beta schedule alpha: 0.6, '
    "Version: f2.0.1v1.10.1-previous-313-g8a042934, Module 1: ae, Module 2: clip_l, Module 3: t5xxl_fp8_e4m3fn"
)
A1111 = (
    "portrait of a fox, (sharp focus:1.2),\nautumn leaves <lora:add_detail:0.6>\n"
    "Negative prompt: blurry, low quality,\n  extra tails \n"
    "Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 965400086, Size: 832x1216, "
    "Model hash: 31e35c80fc, Model: sd_xl_base_1.0, VAE hash: 235745af8d, VAE: sdxl_vae.safetensors, "
    "Denoising strength: 0.35, Clip skip: 2, ADetailer model: face_yolov8n.pt, "
    'ADetailer prompt: "fox face, \\"amber\\" eyes: detailed", Hires upscale: 1.5, Hires upscaler: 4x-UltraSharp, '
    'Lora hashes: "add_detail: 7c6bad76eb54", Version: v1.10.1, '
    'Hashes: {"model": "31e35c80fc", "lora:add_detail": "7c6bad76eb"}'
)
CIVITAI = (
    "café terrace at night, 夜のカフェ, neon reflections\n"
    "Steps: 28, Sampler: Undefined, CFG scale: 3.5, Seed: 1834762951, Size: 832x1216, Clip skip: 2, "
    "Created Date: 2024-09-12T08:15:22.1234567Z, "
    'Civitai resources: [{"type":"checkpoint","modelVersionId":691639,"modelName":"FLUX","modelVersionName":"Dev"},'
    '{"type":"lora","weight":0.9,"modelVersionId":736706,"modelName":"Neon, Night","modelVersionName":"v1"}], '
    "Civitai metadata: {}"
)

#: FLUX.1 [dev] with separate nodes, as in ComfyUI's own example.
ADVANCED = {
    "5": {"inputs": {"width": 1024, "height": 768, "batch_size": 1}, "class_type": "EmptySD3LatentImage"},
    "6": {
        "inputs": {"text": ["40", 0], "clip": ["11", 0]},
        "class_type": "CLIPTextEncode",
        "_meta": {"title": "CLIP Text Encode (Positive Prompt)"},
    },
    "8": {"inputs": {"samples": ["13", 0], "vae": ["10", 0]}, "class_type": "VAEDecode"},
    "9": {"inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}, "class_type": "SaveImage"},
    "10": {"inputs": {"vae_name": "ae.safetensors"}, "class_type": "VAELoader"},
    "11": {
        "inputs": {
            "clip_name1": "t5xxl_fp16.safetensors",
            "clip_name2": "clip_l.safetensors",
            "type": "flux",
            "device": "default",
        },
        "class_type": "DualCLIPLoader",
    },
    "12": {"inputs": {"unet_name": "flux1-dev.safetensors", "weight_dtype": "fp8_e4m3fn"}, "class_type": "UNETLoader"},
    "13": {
        "inputs": {
            "noise": ["25", 0],
            "guider": ["22", 0],
            "sampler": ["16", 0],
            "sigmas": ["17", 0],
            "latent_image": ["5", 0],
        },
        "class_type": "SamplerCustomAdvanced",
    },
    "16": {"inputs": {"sampler_name": "euler"}, "class_type": "KSamplerSelect"},
    "17": {
        "inputs": {"scheduler": "simple", "steps": 20, "denoise": 1, "model": ["30", 0]},
        "class_type": "BasicScheduler",
    },
    "22": {"inputs": {"model": ["30", 0], "conditioning": ["26", 0]}, "class_type": "BasicGuider"},
    "25": {"inputs": {"noise_seed": 156680208700286}, "class_type": "RandomNoise"},
    "26": {"inputs": {"guidance": 3.5, "conditioning": ["6", 0]}, "class_type": "FluxGuidance"},
    "30": {
        "inputs": {"max_shift": 1.15, "base_shift": 0.5, "width": 1024, "height": 768, "model": ["32", 0]},
        "class_type": "ModelSamplingFlux",
    },
    "31": {
        "inputs": {"lora_name": "flux\\ink wash.safetensors", "strength_model": 0.75, "model": ["12", 0]},
        "class_type": "LoraLoaderModelOnly",
    },
    "32": {
        "inputs": {"lora_name": "detail.safetensors", "strength_model": -0.5, "model": ["31", 0]},
        "class_type": "LoraLoaderModelOnly",
    },
    "40": {"inputs": {"value": "a lighthouse at dusk\noil on canvas"}, "class_type": "PrimitiveStringMultiline"},
}
#: FLUX from one checkpoint file, with KSampler; a second sampler made a preview of something else.
KSAMPLER = {
    "3": {
        "inputs": {
            "seed": 972054013131369,
            "steps": 28,
            "cfg": 1.0,
            "sampler_name": "dpmpp_2m",
            "scheduler": "sgm_uniform",
            "denoise": 1.0,
            "model": ["50", 0],
            "positive": ["35", 0],
            "negative": ["33", 0],
            "latent_image": ["27", 0],
        },
        "class_type": "KSampler",
    },
    "2": {
        "inputs": {
            "seed": 1,
            "steps": 2,
            "cfg": 7.0,
            "sampler_name": "lcm",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["30", 0],
            "positive": ["33", 0],
            "negative": ["33", 0],
            "latent_image": ["27", 0],
        },
        "class_type": "KSampler",
    },
    "8": {"inputs": {"samples": ["3", 0], "vae": ["30", 2]}, "class_type": "VAEDecode"},
    "9": {"inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}, "class_type": "SaveImage"},
    "27": {"inputs": {"width": 1024, "height": 1024, "batch_size": 1}, "class_type": "EmptySD3LatentImage"},
    "30": {"inputs": {"ckpt_name": "flux1-dev-fp8.safetensors"}, "class_type": "CheckpointLoaderSimple"},
    "33": {"inputs": {"text": "", "clip": ["50", 1]}, "class_type": "CLIPTextEncode"},
    "35": {
        "inputs": {
            "clip_l": "fox, watercolour",
            "t5xxl": "a watercolour of a fox, café, 猫",
            "guidance": 2.5,
            "clip": ["50", 1],
        },
        "class_type": "CLIPTextEncodeFlux",
        "is_changed": [float("nan")],
    },
    "50": {
        "inputs": {
            "lora_name": "watercolour.safetensors",
            "strength_model": 0.9,
            "strength_clip": 0.4,
            "model": ["30", 0],
            "clip": ["30", 1],
        },
        "class_type": "LoraLoader",
    },
}
WORKFLOW = {
    "last_node_id": 2,
    "last_link_id": 1,
    "nodes": [{"id": 1, "type": "KSampler", "pos": [100, 200], "widgets_values": [1, "fixed", 20]}],
    "links": [],
    "groups": [],
    "config": {},
    "extra": {"ds": {"scale": 1.0, "offset": [0, 0]}},
    "version": 0.4,
}
INVOKE = {
    "app_version": "5.6.0",
    "generation_mode": "flux_txt2img",
    "positive_prompt": "a lighthouse at dusk",
    "negative_prompt": "",
    "width": 1024,
    "height": 1024,
    "seed": 3131927183,
    "rand_device": "cpu",
    "steps": 30,
    "guidance": 4,
    "cfg_scale": 1.0,
    "scheduler": "euler",
    "model": {
        "key": "4ac4e1f2-1c2b-4a0e-9f3f-2f6d6f3e8a11",
        "hash": "blake3:3d8f3c1e7d2a4b5c",
        "name": "FLUX Dev (Quantized)",
        "base": "flux",
        "type": "main",
    },
    "loras": [
        {"model": {"key": "77aa", "hash": "blake3:0011", "name": "ink wash", "base": "flux"}, "weight": 0.75},
        {"model": {"key": "77bb", "hash": "blake3:0022", "name": "grain", "base": "flux"}, "weight": -0.2},
    ],
}
SWARM = {
    "sui_image_params": {
        "prompt": "a lighthouse at dusk",
        "negativeprompt": "",
        "model": "flux1-dev-fp8",
        "images": 1,
        "seed": 1205336442,
        "steps": 20,
        "cfgscale": 1.0,
        "aspectratio": "1:1",
        "width": 1024,
        "height": 1024,
        "sampler": "euler",
        "scheduler": "simple",
        "fluxguidancescale": 3.5,
        "loras": ["ink wash.safetensors", "grain"],
        "loraweights": ["0.75", "-0.2"],
        "swarm_version": "0.9.5.0",
    },
    "sui_extra_data": {"date": "2025-02-11", "prep_time": "1.20 sec", "generation_time": "14.62 sec"},
    "sui_models": [
        {"name": "flux1-dev-fp8.safetensors", "param": "model", "hash": "0x2f3c5caac0469f474439cf84eb09f900"},
        {"name": "ink wash.safetensors", "param": "loras", "hash": "0x8a9d2f1e0c3b"},
    ],
}
RECORD = {
    "format": 1,
    "software": "fluxlab 0.1.0",
    "uid": "0123456789abcdef0123456789abcdef",
    "key": "5" * 64,
    "status": "ok",
    "created": "2026-11-24T09:30:00.123456+00:00",
    "recipe": {
        "model": "dev",
        "prompt": "un café, 猫\nline two",
        "prompt_2": None,
        "negative_prompt": "fog",
        "true_cfg_scale": 2.5,
        "seed": 2**64 - 1,
        "steps": 28,
        "guidance": 3.5,
        "width": 1024,
        "height": 768,
        "loras": [{"name": "ink", "strength": -0.5}],
        "max_sequence_length": 512,
        "scheduler": "euler",
    },
    "effective": {"steps": 28, "sigmas": [1.0, 0.5], "odd": float("nan")},
    "files": {"model": "ab" * 32, "lora:ink": "cd" * 32},
    "environment": {"torch": "2.9", "device": "cuda"},
    "pipeline": {"class": "FluxPipeline", "source": "~/models/dev", "loras": {"ink": {"source": "~/ink.safetensors"}}},
    "mode": "exact",
    "run": None,
    "coords": {"seed": 7},
    "session": None,
    "timings": {"denoise": 2.5},
}


def picture() -> Image.Image:
    """32 × 32 pixels with a gradient, so that changed pixels show."""
    image = Image.new("RGB", (32, 32))
    image.putdata([(x * 8, y * 8, (x ^ y) * 8) for y in range(32) for x in range(32)])
    return image


def png(texts: dict[str, str], *, zipped: bool = False) -> bytes:
    """A PNG as programs in Python write it: Latin-1 where that will do, else UTF-8."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, text, zip=zipped)
    stream = io.BytesIO()
    picture().save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


def exif(order: str, fields: dict[int, bytes], comment: bytes = b"") -> bytes:
    """An EXIF block of text fields, and a user comment in its own directory."""
    entries = [(tag, 2, text + b"\0") for tag, text in sorted(fields.items())]
    place = 8 + 2 + 12 * (len(entries) + bool(comment)) + 4
    head, tail = b"", b""
    for tag, kind, body in entries:
        inline = body.ljust(4, b"\0") if len(body) <= 4 else struct.pack(order + "I", place + len(tail))
        head += struct.pack(order + "HHI", tag, kind, len(body)) + inline
        tail += body + b"\0" * (len(body) % 2) if len(body) > 4 else b""
    if comment:
        head += struct.pack(order + "HHII", 0x8769, 4, 1, place + len(tail))
        tail += struct.pack(order + "HHHIII", 1, 0x9286, 7, len(comment), place + len(tail) + 18, 0) + comment
    mark = b"II*\0" if order == "<" else b"MM\0*"
    count = struct.pack(order + "IH", 8, len(entries) + bool(comment))
    return mark + count + head + struct.pack(order + "I", 0) + tail


def jpeg(block: bytes | None = None, **options: object) -> bytes:
    """A JPEG with an EXIF block."""
    stream = io.BytesIO()
    picture().save(stream, "JPEG", **({"exif": b"Exif\0\0" + block} if block else {}), **options)
    return stream.getvalue()


def webp(block: bytes) -> bytes:
    """A WebP with an EXIF block."""
    stream = io.BytesIO()
    picture().save(stream, "WEBP", lossless=True, exif=block)
    return stream.getvalue()


def swarm_as_text() -> str:
    """SwarmUI's JSON with every number as text, which it writes too."""
    values = {
        key: value if isinstance(value, (str, list)) else str(value) for key, value in SWARM["sui_image_params"].items()
    }
    return json.dumps({**SWARM, "sui_image_params": values}, indent=4)


def files() -> dict[str, bytes]:
    """Name and bytes of every golden file."""
    unicode = b"UNICODE\0"
    workflow = json.dumps(WORKFLOW)
    bare = "a plain prompt without parameters"
    record = {**RECORD, "pixel_hash": pixel_hash(picture())}
    return {
        "a1111.png": png({"parameters": A1111}),
        "a1111-compressed.png": png({"parameters": A1111}, zipped=True),
        "a1111-ascii.jpg": jpeg(exif(">", {}, b"ASCII\0\0\0" + A1111.encode())),
        "a1111-jis.jpg": jpeg(exif(">", {}, b"JIS\0\0\0\0\0" + f"夜の灯台\n{FORGE}".encode("iso2022_jp"))),
        "a1111-prompt-only.png": png({"parameters": bare}),
        "forge.png": png({"parameters": FORGE}),
        "forge.jpg": jpeg(exif(">", {}, unicode + FORGE.encode("utf-16-be"))),
        "forge.webp": webp(exif(">", {}, unicode + FORGE.encode("utf-16-be"))),
        "forge-little-endian.jpg": jpeg(exif("<", {}, unicode + FORGE.encode("utf-16-le"))),
        "forge-marked.jpg": jpeg(exif("<", {}, unicode + b"\xfe\xff" + FORGE.encode("utf-16-be"))),
        "civitai.jpg": jpeg(exif("<", {0x0131: b"Civitai"}, unicode + CIVITAI.encode("utf-16-be"))),
        "civitai-utf8.jpg": jpeg(exif("<", {}, unicode + CIVITAI.encode())),
        "comfyui.png": png({"prompt": json.dumps(ADVANCED), "workflow": workflow}),
        "comfyui-ksampler.png": png({"prompt": json.dumps(KSAMPLER), "workflow": workflow}),
        "comfyui.webp": webp(
            exif(
                ">",
                {0x0110: b"prompt:" + json.dumps(ADVANCED).encode(), 0x010F: b"workflow:" + workflow.encode()},
            )
        ),
        "comfyui-workflow-only.png": png({"workflow": workflow}),
        "invokeai.png": png({"invokeai_metadata": json.dumps(INVOKE), "invokeai_graph": '{"id":"flux_graph"}'}),
        "swarmui.png": png({"parameters": json.dumps(SWARM, indent=4)}),
        "swarmui.jpg": jpeg(exif("<", {}, unicode + swarm_as_text().encode("utf-16-le"))),
        "fluxlab.png": encode_png(picture(), {"fluxlab": dump(record), "parameters": parameters(record)}),
        "camera.jpg": jpeg(exif("<", {0x010F: b"Canon", 0x0110: b"EOS R5"}, b"ASCII\0\0\0")),
        "empty.png": png({}),
    }


def main(folder: Path) -> None:
    """Write every file."""
    for name, data in files().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
