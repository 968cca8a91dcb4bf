"""The gallery at the side of a notebook, and what a person does with it."""

import re

from playwright.sync_api import expect

SIDE = "#fluxlab-gallery"
CLOSE_TABS = """() => {
  const open = [...window.jupyterapp.shell.widgets('main')];
  for (const widget of open) if (widget.id.startsWith('fluxlab-')) widget.close();
}"""
ACTIVATE = """() => {
  const {shell} = window.jupyterapp;
  const notebook = [...shell.widgets('main')].find(widget => widget.sessionContext);
  shell.activateById(notebook.id);
}"""
#: A message later than they are activated, a notebook and a gallery take the focus from whatever gets it in between;
#: a notebook gets it itself before its cell does, which it waits for.
ACTIVE = """() => {
  const {currentWidget} = window.jupyterapp.shell;
  return !!currentWidget?.sessionContext && currentWidget.content.activeCell.node.contains(document.activeElement);
}"""
HAS_FOCUS = "node => node.contains(document.activeElement)"
DROP = """(node, [name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, {type: 'image/png'}));
  for (const type of ['dragenter', 'dragover', 'drop'])
    node.dispatchEvent(new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}));
}"""


class Gallery:
    """A gallery in the page of a notebook."""

    def __init__(self, page, root=SIDE):
        self.page = page
        self.root = page.locator(root)
        self.tiles = self.root.locator(".fg-tile")
        self.search_box = self.root.get_by_role("combobox", name="Search")

    def open(self):
        """As by a click on its icon; it has images."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('fluxlab:gallery')")
        expect(self.tiles.first.locator("img")).to_have_attribute("src", re.compile("^blob:"))
        self.page.wait_for_function(HAS_FOCUS, arg=self.root.element_handle())

    def uids(self):
        """Of the images in sight, in their order."""
        return self.tiles.evaluate_all("tiles => tiles.map(tile => tile.dataset.uid)")

    def tile(self, uid):
        """The image of a uid."""
        return self.root.locator(f'.fg-tile[data-uid="{uid}"]')

    def search(self, words):
        """Type words."""
        self.search_box.fill(words)
        self.search_box.press("Enter")

    def select(self, *tiles):
        """Exactly these images."""
        for index, tile in enumerate(tiles):
            tile.click(modifiers=["ControlOrMeta"] if index else [])
        expect(self.root.locator(".fg-tile[aria-selected=true]")).to_have_count(len(tiles))

    def press(self, name):
        """A button of what is selected."""
        self.root.get_by_role("button", name=name, exact=True).click()

    def drop(self, name, base64):
        """A file from outside the browser."""
        self.root.locator(".fluxlab-gallery").evaluate(DROP, [name, base64])

    def tidy(self):
        """As at the beginning: the notebook in front, all images, nothing selected."""
        self.page.evaluate(CLOSE_TABS)
        # Asked for where it is active already, the focus would come back to it at any time later.
        if not self.page.evaluate(ACTIVE):
            self.page.evaluate(ACTIVATE)
            self.page.wait_for_function(ACTIVE)
        if self.search_box.input_value() != "":
            self.search("")
