"""The description of the routes against what they answer."""

import asyncio

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
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
#: Parts of an address that no catalog, generation or image has: texts, and hashes that are nearly right.
MALFORMED = st.one_of(
    st.text(min_size=1, max_size=100).filter(lambda text: not {"%", "/"} & set(text)),
    st.from_regex(r"[0-9A-Fa-f]{1,15}", fullmatch=True),
    # A lone "%" and "../.." are left out: clients change the whole address before they send it.
    st.sampled_from(
        ["..", ".", "%2e%2e", "..\\..", "%00", "\0", "a/b", " ", "*", "%25", "%ff", "%25s", "\ud7ff", "0x1"]
    ),
    st.builds(
        lambda change, digits: change(digits),
        st.sampled_from([str.upper, lambda text: text + "\n", lambda text: text + "0", lambda text: f" {text}"]),
        st.sampled_from(["ab" * 8, "ab" * 16, "ab" * 32, "ab" * 5000]),
    ),
)


async def test_every_route_and_verb_is_described(ask):
    paths = (await ask("openapi.json")).json["paths"]
    assert paths.keys() == {f"/{path}" for path in ROUTES}
    for path, handler in ROUTES.items():
        verbs = {verb for verb in ("get", "post", "put", "patch", "delete") if verb in vars(handler)}
        assert paths[f"/{path}"].keys() == verbs


async def test_answers_are_as_they_are_described(wire, jp_auth_header, keep, catalog, ask):
    """Requests made up by schemathesis, about what is there and malformed, find no answer but those described."""
    made = [keep(f"fox {number}", seed=number, colour=colour) for number, colour in enumerate(("red", "blue"))]
    catalog.tag(made, "keeper")
    told = (await ask("openapi.json")).json
    there = {"catalog": wire.path.rpartition("/")[2], "uid": made[0].uid, "sha256": made[0].file_hash}
    uids = [each.uid for each in made]
    schema = schemathesis.openapi.from_dict(told)
    asked = {"base_url": f"http://127.0.0.1:{wire.port}{told['servers'][0]['url']}", "headers": jp_auth_header}
    asked |= {"checks": CHECKS, "timeout": 20}
    statuses = {}

    def check(operation):
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), data=st.data())
        def answers(case, data):
            parts = {name: there[name] for name in case.path_parameters or {}}
            if not operation.path.endswith("/events"):  # it does not end where there is such a catalog
                case.call_and_validate(**asked)
                case.path_parameters = parts
                if operation.path.endswith(("compare", "grid")):
                    case.query = {"uids": ",".join(uids)}
                if isinstance(case.body, dict) and "uids" in case.body:
                    case.body = {**case.body, "uids": uids}
                statuses.setdefault(operation.path, set()).add(case.call_and_validate(**asked).status_code)
            for name in parts:
                wrong = data.draw(MALFORMED)
                case.path_parameters = {**parts, name: wrong}
                assert 400 <= case.call_and_validate(**asked).status_code < 500, wrong

        answers()

    for found in schema.get_all_operations():
        await asyncio.to_thread(check, found.ok())
    assert len(statuses) == len(ROUTES) - 1
    # Bytes made up are no image.
    assert [path for path, found in statuses.items() if 200 not in found] == ["/catalogs/{catalog}/imports"]
