# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx builds the docs site from what antsibull-docs makes of the collection. It fetches nothing, and nor do its pages."""

from __future__ import annotations

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

# The theme of Ansible's own docs. It loads nothing from elsewhere.
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

# Labels of Ansible's own site that the pages of antsibull-docs refer to.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
ELSEWHERE = {
    "action_plugins": f"{ANSIBLE}/plugins/action.html",
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
}


def link_elsewhere(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, contnode: nodes.TextElement
) -> nodes.reference | None:
    """The link for a label of another site, which intersphinx would have to fetch the names of."""
    address = ELSEWHERE.get(node["reftarget"])
    return nodes.reference("", "", contnode, internal=False, refuri=address) if address else None


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", link_elsewhere)
