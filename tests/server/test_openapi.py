"""The description of the routes against what they answer."""

import asyncio

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fluxlab.server.routes import ROUTES

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
EXAMPLES = 12


async def test_every_route_and_verb_is_described(ask):
    paths = (await ask("openapi.json")).json["paths"]
    assert paths.keys() == {f"/{path}" for path in ROUTES}
    for path, handler in ROUTES.items():
        verbs = {verb for verb in ("get", "post", "put", "patch", "delete") if verb in vars(handler)}
        assert paths[f"/{path}"].keys() == verbs


async def test_answers_are_as_they_are_described(wire, jp_auth_header, keep, catalog, ask):
    """Requests made up by schemathesis, half of them about what is there, find no other answer than is described."""
    made = [keep(f"fox {number}", seed=number, colour=colour) for number, colour in enumerate(("red", "blue"))]
    catalog.tag(made, "keeper")
    told = (await ask("openapi.json")).json
    there = {"catalog": wire.path.rpartition("/")[2], "uid": made[0].uid, "sha256": made[0].file_hash}
    uids = [each.uid for each in made]
    schema = schemathesis.openapi.from_dict(told)
    base = f"http://127.0.0.1:{wire.port}{told['servers'][0]['url']}"
    statuses = {}

    def check(operation):
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def answers(case):
            case.call_and_validate(base_url=base, headers=jp_auth_header, checks=CHECKS, timeout=20)
            case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
            if operation.path.endswith(("compare", "grid")):
                case.query = {"uids": ",".join(uids)}
            if isinstance(case.body, dict) and "uids" in case.body:
                case.body = {**case.body, "uids": uids}
            answer = case.call_and_validate(base_url=base, headers=jp_auth_header, checks=CHECKS, timeout=20)
            statuses.setdefault(operation.path, set()).add(answer.status_code)

        answers()

    for found in schema.get_all_operations():
        operation = found.ok()
        if not operation.path.endswith("/events"):  # it does not end
            await asyncio.to_thread(check, operation)
    assert len(statuses) == len(ROUTES) - 1
    # Bytes made up are no image.
    assert [path for path, found in statuses.items() if 200 not in found] == ["/catalogs/{catalog}/imports"]
