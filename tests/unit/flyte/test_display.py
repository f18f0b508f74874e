"""What entities show of themselves in a notebook and to rich."""

from __future__ import annotations

from typing import Any

from remora.entity import Entity
from remora_api.entities import Action, Run
from remora_api.flyteidl2 import common, workflow

RUN = common.RunIdentifier(project="proj", domain="dev", name="<b>r1</b>")


def make_run(client: Any) -> Run:
    action = workflow.Action(
        id=common.ActionIdentifier(run=RUN, name="a0"), status=workflow.ActionStatus(phase=common.ActionPhase.RUNNING)
    )
    return Run(workflow.Run(action=action), client=client)


def test_a_notebook_gets_an_escaped_table(client: Any) -> None:
    html = make_run(client)._repr_html_()
    assert html.startswith("<table><caption>Run</caption>")
    assert html.endswith("</table>")
    assert "<b>r1</b>" not in html
    assert "&lt;b&gt;r1&lt;/b&gt;" in html
    assert ">phase</th>" in html
    assert ">running</td>" in html
    assert ">labels</th>" not in html  # empty


def test_a_repr_is_what_says_something_on_one_line(client: Any) -> None:
    run = make_run(client)
    assert repr(run).startswith(
        "Run(name='<b>r1</b>', project='proj', domain='dev', phase='running', raw_phase='RUNNING'"
    )
    assert "ActionIdentifier" not in repr(run)
    assert "\n" not in repr(run)


def test_a_repr_without_properties_is_that_of_the_message() -> None:
    assert repr(Entity(RUN)) == f"Entity({RUN!r})"


def test_what_is_named_like_a_secret_is_hidden() -> None:
    class Account(Entity[Any]):
        @property
        def name(self) -> str:
            return "ada"

        @property
        def access_token(self) -> str:
            return "hunter2"

    account = Account(workflow.Action())
    assert repr(account) == "Account(name='ada', access_token='<hidden>')"
    assert dict(account.__rich_repr__())["access_token"] == "<hidden>"
    assert "hunter2" not in account._repr_html_()


def test_rich_gets_what_says_something(client: Any) -> None:
    shown = dict(make_run(client).__rich_repr__())
    assert shown["name"] == "<b>r1</b>"
    assert shown["phase"] == "running"
    assert not {"org", "labels", "action", "listall", "run_id", "end_time"} & shown.keys()


def test_nothing_fails_and_no_call_is_made_for_an_empty_entity(client: Any) -> None:
    action = Action(workflow.Action(), client=client)
    assert action._repr_html_().startswith("<table>")
    assert dict(action.__rich_repr__())["phase"] == "unspecified"
    assert client.calls == []
