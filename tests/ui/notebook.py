"""A notebook in the browser, and what a person does with it."""

import ast
import json
import secrets
import time
from pathlib import Path

import nbformat

#: A limit for what hangs, far above what anything here takes on a busy machine.
SECONDS = 120
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

#: An idle status alone proves nothing: it is shown before the kernel is connected, and a cell that is run then is lost.
READY = """() => {
  const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
  const kernel = context?.session?.kernel;
  return !!kernel && context.isReady && kernel.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
#: JupyterLab asks for a thread of the kernel for every widget, and raises this where a restart comes before the answer.
LEFT_BY_RESTART = "Error: Canceled future for create_subshell_request message before replies were done"
SHARED = "const notebook = window.jupyterapp.shell.currentWidget.content; const shared = notebook.model.sharedModel;"
APPEND = f"""source => {{
  {SHARED}
  shared.insertCell(shared.cells.length, {{cell_type: 'code', source, metadata: {{trusted: true}}}});
  return shared.cells.length - 1;
}}"""
CLEAR = f"() => {{ {SHARED} shared.deleteCellRange(0, shared.cells.length); shared.clearUndoHistory(); }}"
START = f"""index => {{
  {SHARED}
  notebook.activeCellIndex = index;
  notebook.mode = 'command';
  window.started = window.jupyterapp.commands.execute('notebook:run-cell');
}}"""
EDIT = f"""async index => {{
  {SHARED}
  notebook.activeCellIndex = index;
  await notebook.activeCell.ready;
  notebook.mode = 'edit';
  notebook.activate();
}}"""
FINISH = """seconds => Promise.race([
  window.started,
  new Promise((_, fail) => setTimeout(() => fail(new Error(`the cell has not ended in ${seconds} s`)), seconds * 1000)),
])"""
#: The command does nothing while another save is under way.
SAVE = """async () => {
  const context = window.jupyterapp.shell.currentWidget.context;
  do await context.save(); while (context.model.dirty);
}"""
COMMAND = "([name, values]) => window.jupyterapp.commands.execute(name, values).then(() => null)"
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
SHUTDOWN = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.shutdown()"
ASK = f"""async ([code, expression]) => {{
  const user_expressions = expression === null ? {{}} : {{asked: expression}};
  const future = {KERNEL}.requestExecute({{code, store_history: false, user_expressions}});
  return (await future.done).content;
}}"""


class Cell:
    """A code cell of an open notebook."""

    def __init__(self, notebook, index):
        self._notebook = notebook
        self.index = index
        self.element = notebook.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')

    @property
    def output(self):
        """All that the cell has put out, as a locator."""
        return self.element.locator(".jp-Cell-outputWrapper .jp-Cell-outputArea").first

    def finish(self):
        """Wait for the end of a cell that `Notebook.start` has started; whether it went well, as *Run All* sees it."""
        return self._notebook.page.evaluate(FINISH, SECONDS)


class Notebook:
    """One page with one notebook; whatever goes wrong behind it fails the test in `check`."""

    def __init__(self, context, server):
        self.server = server
        self._context = context
        self._errors, self._dialogs, self._strangers = [], [], []
        self._restarted = False
        context.route(lambda url: not url.startswith(server.url), self._refuse)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))
        self.page.on("dialog", self._answer)

    @classmethod
    def of(cls, browser, server):
        """A page in a window of its own."""
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(SECONDS * 1000)
        return cls(context, server)

    def _refuse(self, route):
        self._strangers.append(route.request.url)
        route.abort()

    def _answer(self, dialog):
        if dialog.type != "beforeunload":
            self._dialogs.append(dialog.message)
        dialog.accept()

    def open(self, path, *sources, kernel="python3"):
        """Write a notebook with these code cells, open it, and wait until its kernel can run them."""
        file = self.server.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        spec = {"name": kernel, "display_name": kernel, "language": "python"}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), file)
        # A workspace of its own: after a reload a page opens whatever the pages of its workspace have open.
        workspace = f"{self.server.url}/lab/workspaces/{secrets.token_hex(8)}"
        self.page.goto(f"{workspace}/tree/{path}?token={self.server.token}&reset")
        self._wait()
        self.theme("light")

    def _wait(self):
        self.page.wait_for_selector(".jp-Notebook")
        self.page.wait_for_function(READY)

    def run(self, cell, *, fails=False):
        """Run a cell to its end: one that is there, by its index, or a new one at the end, by its text."""
        started = self.start(cell)
        assert started.finish() is not fails, started.output.inner_text()
        return started

    def start(self, cell):
        """Like `run`, without waiting for the end."""
        index = self.page.evaluate(APPEND, cell) if isinstance(cell, str) else cell
        self.page.wait_for_function(READY)
        self.page.evaluate(START, index)
        return Cell(self, index)

    def edit(self, source):
        """A new cell at the end with the cursor behind its text, as after typing it."""
        index = self.page.evaluate(APPEND, source)
        self.page.evaluate(EDIT, index)
        self.press("Control+End")
        return Cell(self, index)

    def command(self, name, **values):
        """Execute a command of JupyterLab."""
        self.page.evaluate(COMMAND, [name, values])

    def press(self, *keys):
        """Press keys where the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def screenshot(self, path, *, of=None):
        """A picture of the window, or of one element."""
        (self.page if of is None else of).screenshot(path=path, animations="disabled")
        return Path(path)

    def theme(self, name):
        """Switch to ``"light"`` or ``"dark"``."""
        self.command("apputils:change-theme", theme=THEMES[name])
        self.page.wait_for_selector(f'body[data-jp-theme-light="{str(name == "light").lower()}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def reload(self):
        """Save, and load the page again; the kernel goes on."""
        self.page.evaluate(SAVE)
        self.page.reload()
        self._wait()

    def restart(self):
        """Restart the kernel; what is shown stays."""
        self._restarted = True
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        self.page.wait_for_function(READY)

    def do(self, code):
        """Run code in the kernel behind the notebook's back."""
        self._ask(code, None)

    def value(self, expression):
        """What an expression is in the kernel, by way of JSON; what JSON does not know comes as its ``repr``."""
        asked = self._ask("", f"__import__('json').dumps({expression}, default=repr)")["user_expressions"]["asked"]
        assert asked["status"] == "ok", f"{asked.get('ename')}: {asked.get('evalue')}"
        return json.loads(ast.literal_eval(asked["data"]["text/plain"]))

    def until(self, expression, wanted):
        """Ask the kernel until an expression is what is wanted: the page may be ahead of the kernel."""
        end = time.monotonic() + SECONDS
        while (found := self.value(expression)) != wanted:
            assert time.monotonic() < end, found
            self.page.wait_for_timeout(100)  # leaves the kernel time for the messages of its widgets

    def _ask(self, code, expression):
        reply = self.page.evaluate(ASK, [code, expression])
        assert reply["status"] == "ok", f"{reply.get('ename')}: {reply.get('evalue')}"
        return reply

    def clear(self, folder):
        """An empty notebook, an empty namespace and an empty working folder, in a kernel that stays warm."""
        self.page.wait_for_function(READY)
        self.do(
            "import os, sys\n"
            "if 'ipywidgets' in sys.modules:\n"
            "    sys.modules['ipywidgets'].Widget.close_all()\n"
            "get_ipython().reset(new_session=False)\n"
            f"__import__('os').makedirs({str(folder)!r})\n"
            f"__import__('os').chdir({str(folder)!r})\n"
        )
        self.page.evaluate(CLEAR)
        self.theme("light")

    def close(self):
        """End the kernel, whatever it does, and close the page."""
        try:
            self.page.evaluate(SHUTDOWN)
        finally:
            self._context.close()

    def check(self):
        """Fail for what a person would not see: script errors, dialogs, and requests that leave the machine."""
        errors = [error for error in self._errors if not (self._restarted and error == LEFT_BY_RESTART)]
        assert errors == [], errors
        assert self._dialogs == [], self._dialogs
        assert self._strangers == [], self._strangers
