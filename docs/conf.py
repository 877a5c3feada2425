# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Sphinx for the docs site. Neither the build nor the pages load anything from other sites."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

HOME = yaml.safe_load((Path(__file__).parents[1] / "galaxy.yml").read_text(encoding="utf-8"))["repository"]

project = "certops.certcentral"
html_title = project
html_short_title = "DigiCert CertCentral orders in Ansible"
author = "certops.certcentral contributors"
copyright = f"2026, {author}. Not affiliated with DigiCert"

extensions = ["sphinx_antsibull_ext"]
nitpicky = True
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

# The theme of Ansible's own docs. It loads nothing from other sites.
html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "display_version": False,
    "documentation_home_url": HOME,
    "navigation_depth": 3,
    "titles_only": True,
    "topbar_links": {"Repository": HOME, "Issues": f"{HOME}/issues"},
}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False

# Labels of Ansible's own site that the pages made by antsibull-docs use.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
ELSEWHERE = {
    "action_plugins": f"{ANSIBLE}/plugins/action.html",
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
}


# The guides link to files, because people also read the guides in the repository. The site has pages for some of these files.
FILES = f"{HOME}/blob/main/"
PAGES = [
    (re.compile(r"docs/docsite/rst/(\w+)\.rst"), r"docsite/\1"),
    (re.compile(r"plugins/modules/(\w+)\.py"), r"\1_module"),
    (re.compile(r"roles/(\w+)/README\.md"), r"\1_role"),
]


def link_elsewhere(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, contnode: nodes.TextElement
) -> nodes.reference | None:
    """Return the link for a label of another site. Intersphinx is not used, because it would have to load a list of labels."""
    address = ELSEWHERE.get(node["reftarget"])
    return nodes.reference("", "", contnode, internal=False, refuri=address) if address else None


def link_inside(app: Sphinx, document: nodes.document, page: str) -> None:
    """Change links to files of the repository: to a page of the site if there is one, and otherwise to the repository."""
    for node in document.findall(nodes.reference):
        address, dummy, section = node.get("refuri", "").partition("#")
        if page.startswith("docsite/") and address.endswith((".md", ".py", ".rst", ".yml")) and ":" not in address:
            address = FILES + posixpath.normpath(f"docs/docsite/rst/{address}")
        elif not address.startswith(FILES):
            continue
        node["refuri"] = address + ("#" + section if section else "")
        for file, name in PAGES:
            target = file.sub(name, address[len(FILES) :])
            if target in app.env.found_docs:
                node["refuri"] = app.builder.get_relative_uri(page, target) + ("#" + section if section else "")
                node["internal"] = True


def setup(app: Sphinx) -> None:
    """Connect the functions above to Sphinx."""
    app.connect("missing-reference", link_elsewhere)
    app.connect("doctree-resolved", link_inside)
