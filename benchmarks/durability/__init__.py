"""How hard the catalog is to break: kills, failing steps, power cuts, crowds, odd values, and what durability costs.

``python -m benchmarks.durability`` runs everything at full length and takes an hour or two; ``--short`` takes about a
minute; ``--only kills faults`` runs parts. It prints a table and writes ``durability.json``. The same code, at short
length, is run by ``tests/catalog/durability``.

The promise that all of it checks: an acknowledged image is there with its record, whatever happens afterwards; no torn
image is ever visible; no row says ``ok`` without a good file; an image without a row gets one at the next open; and
every error is a sentence that carries the image.
"""
