"""ComfyUI's ``prompt``: the graph of nodes that was run, followed from the saved image back to what made it.

A graph may hold any node of any extension, and hostile ones hold cycles and links to nowhere. So each walk visits a
node once, and takes a node by what it is given more than by what it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fluxlab.catalog.formats.findings import Findings, real, shown, text, whole
from fluxlab.catalog.formats.loose_json import LooseJSONError, loads

#: Inputs that lead from a saved image to its sampler.
_IMAGE = ("images", "image", "samples", "latent", "latent_image", "pixels")
_SAMPLERS = frozenset({"KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced", "XlabsSampler"})
#: Inputs that a node which holds a single value gives it under.
_VALUE = ("value", "int", "float", "number", "seed", "noise_seed", "string", "text", "Text", "prompt", "Number")
_CONDITIONS = ("conditioning", "conditioning_1", "conditioning_to", "conditioning_2", "conditioning_from")
_MODEL_FILES = ("unet_name", "ckpt_name", "model_name", "model_path", "gguf_name")
_HOPS_MAX = 10_000

Node = dict[str, Any]


def parse(source: str) -> Findings:
    """What the text of the API graph says.

    Raises
    ------
    LooseJSONError
        When it cannot be read at all.
    """
    graph = loads(source)
    nodes = {
        str(name): node
        for name, node in (graph.items() if isinstance(graph, dict) else ())
        if isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)
    }
    if not nodes:
        raise LooseJSONError("has no nodes")
    return _Reading(nodes).all()


class _Reading:
    """One walk through one graph."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self.found = Findings()

    def all(self) -> Findings:
        """Everything that the graph says about the image."""
        sampler = self._sampler()
        if sampler is None:
            self.found.note("the graph has no sampler that fluxlab knows: nothing was read from it.")
            return self.found
        inputs = sampler["inputs"]
        guider = self._node(inputs.get("guider")) or sampler
        self.found.extra["sampler_node"] = sampler["class_type"]
        noise = self._node(inputs.get("noise")) or sampler
        self._put("seed", noise, ("noise_seed", "seed"), whole)
        sigmas = self._node(inputs.get("sigmas")) or sampler
        self._put("steps", sigmas, ("steps",), whole)
        self._put("scheduler_name", sigmas, ("scheduler",), text)
        self._extra("denoise", sigmas, "denoise", real)
        chosen = self._node(inputs.get("sampler")) or sampler
        self._put("sampler", chosen, ("sampler_name",), text)
        self._put("true_cfg_scale", guider, ("cfg", "cfg_conds", "true_gs"), real)
        self._prompts(guider)
        self._models(guider if "model" in guider["inputs"] else sampler)
        self._size(sampler)
        return self.found

    def _sampler(self) -> Node | None:
        """The sampler next to a saved image; where no image is saved, the first of the graph."""
        samplers = [node for node in self.nodes.values() if self._samples(node)]
        saved = [
            node for node in self.nodes.values() if "Save" in node["class_type"] or "Preview" in node["class_type"]
        ]
        for node in self._upstream([[node["inputs"].get(name) for name in _IMAGE] for node in saved], _IMAGE):
            if self._samples(node):
                if len(samplers) > 1:
                    self.found.note(f"the graph has {len(samplers)} samplers: the one next to a saved image was read.")
                return node
        if len(samplers) > 1:
            self.found.note(f"the graph has {len(samplers)} samplers and does not say which one made the image.")
        return samplers[0] if samplers else None

    @staticmethod
    def _samples(node: Node) -> bool:
        inputs = node["inputs"]
        if node["class_type"] in _SAMPLERS:
            return True
        drawn = "seed" in inputs or "noise_seed" in inputs
        return drawn and "steps" in inputs and ("positive" in inputs or "conditioning" in inputs)

    def _upstream(self, roots: Iterable[Iterable[Any]], names: Iterable[str]) -> Iterator[Node]:
        """Nodes from the roots' links upward along inputs of these names, nearest first, each once."""
        seen: set[str] = set()
        waiting = [link for links in roots for link in links]
        for link in waiting:
            node = self._node(link)
            if node is None or str(link[0]) in seen or len(seen) > _HOPS_MAX:
                continue
            seen.add(str(link[0]))
            yield node
            # The list grows while it is walked: that makes it a queue.
            waiting.extend(node["inputs"].get(name) for name in names)

    def _node(self, link: Any) -> Node | None:
        """The node at the other end of a link, which is written as name and output."""
        if isinstance(link, list) and len(link) == 2 and isinstance(link[0], (str, int)):
            return self.nodes.get(str(link[0]))
        return None

    def _value(self, given: Any, name: str, turn: Callable[[Any], Any]) -> Any:
        """A value, from the input itself or from the nodes that it is linked to."""
        seen: set[int] = set()
        while (node := self._node(given)) is not None:
            if id(node) in seen:
                return None
            seen.add(id(node))
            inputs = node["inputs"]
            # The value, or a further link; else what a node passes on that has nothing else. More would be a guess.
            only = next(iter(inputs.values())) if len(inputs) == 1 else None
            given = next((inputs[key] for key in (name, *_VALUE) if key in inputs), only)
        return turn(given)

    def _put(self, parameter: str, node: Node, names: Iterable[str], turn: Callable[[Any], Any]) -> None:
        for name in names:
            if name in node["inputs"]:
                value = self._value(node["inputs"][name], name, turn)
                if value is None:
                    self.found.note(f"'{name}' of node {node['class_type'][:60]!r} could not be followed to a value.")
                else:
                    self.found.parameters[parameter] = value
                return

    def _extra(self, key: str, node: Node, name: str, turn: Callable[[Any], Any]) -> None:
        value = self._value(node["inputs"].get(name), name, turn)
        if value is not None:
            self.found.extra[key] = value

    def _prompts(self, guider: Node) -> None:
        inputs = guider["inputs"]
        positive = next((inputs[name] for name in ("positive", "conditioning", "cond1") if name in inputs), None)
        texts, guidance = self._condition(positive, "positive")
        self.found.parameters |= dict(zip(("prompt", "prompt_2"), texts, strict=False))
        if guidance is not None:
            self.found.parameters["guidance"] = guidance
        if not texts:
            self.found.note("the prompt could not be followed to a text.")
        negative = next((inputs[name] for name in ("negative", "neg_conditioning") if name in inputs), None)
        texts, _ = self._condition(negative, "negative")
        if texts and texts[0]:
            self.found.parameters["negative_prompt"] = texts[0]

    def _condition(self, link: Any, side: str) -> tuple[list[str], float | None]:
        """Prompt, and a second one for T5 where it differs, and FLUX's guidance, of a conditioning."""
        texts: list[str] = []
        guidance: float | None = None
        count = 0
        for node in self._upstream([[link]], (*_CONDITIONS, side)):
            inputs = node["inputs"]
            # What is nearest to the sampler was applied last and counts.
            if guidance is None and "guidance" in inputs:
                guidance = self._value(inputs["guidance"], "guidance", real)
            if "ConditioningZeroOut" in node["class_type"]:
                break
            ours = self._texts(inputs)
            count += bool(ours)
            texts = texts or ours
        if count > 1:
            self.found.note(f"the {side} prompt is put together from {count} texts: the first was read.")
        return texts, guidance

    def _texts(self, inputs: dict[str, Any]) -> list[str]:
        """The prompt of an encoder node; CLIP's and T5's where they differ."""
        if "t5xxl" in inputs or "clip_l" in inputs:
            clip, t5 = (self._value(inputs.get(name), name, text) for name in ("clip_l", "t5xxl"))
            both = [each for each in (clip, t5) if each is not None]
            return both[:1] if len(both) == 2 and both[0] == both[1] else both
        if "clip" in inputs or "text" in inputs:
            given = next((inputs[name] for name in ("text", "prompt", "text_g") if name in inputs), None)
            found = self._value(given, "text", text)
            return [] if found is None else [found]
        return []

    def _models(self, node: Node) -> None:
        """Follow the model through its LoRAs to its file."""
        for each in self._upstream([[node["inputs"].get("model")]], ("model", "pipe", "basic_pipe")):
            inputs = each["inputs"]
            if "lora_name" in inputs:
                self._lora(inputs, inputs.get("lora_name"), inputs.get("strength_model", inputs.get("strength", 1)))
            for key, use in inputs.items():
                # A stack of LoRAs in one node, each with a switch.
                if key.startswith("lora_") and isinstance(use, dict) and use.get("on", True):
                    self._lora(use, use.get("lora"), use.get("strength", 1))
            name = next((inputs[key] for key in _MODEL_FILES if key in inputs), None)
            model = self._value(name, "ckpt_name", text)
            if model is not None:
                self.found.parameters.setdefault("model", _stem(model))
            for key in ("max_shift", "base_shift", "weight_dtype"):
                self._extra(key, each, key, text if key == "weight_dtype" else real)

    def _lora(self, inputs: dict[str, Any], name: Any, strength: Any) -> None:
        name, number = self._value(name, "lora_name", text), self._value(strength, "strength_model", real)
        if name is None or number is None:
            self.found.note("a LoRA could not be followed to its name and strength: it was left out.")
            return
        self.found.add_lora(_stem(name), number)
        clip = real(inputs.get("strength_clip"))
        if clip is not None and clip != number:
            self.found.note(
                f"LoRA {shown(_stem(name))} has strength {clip:g} on the text encoder: {number:g} was read."
            )

    def _size(self, sampler: Node) -> None:
        names = ("latent_image", "latent", "samples")
        for node in self._upstream([[sampler["inputs"].get(name) for name in names]], names):
            if "width" in node["inputs"] and "height" in node["inputs"]:
                self._put("width", node, ("width",), whole)
                self._put("height", node, ("height",), whole)
                return
            if "pixels" in node["inputs"]:
                self.found.note("the image was made from another image, which is not in the file.")
                return


def _stem(name: str) -> str:
    """A file's name as other programs call it, with its folder but without its ending."""
    for ending in (".safetensors", ".gguf", ".sft"):
        name = name.removesuffix(ending)
    return name.replace("\\", "/")
