# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx builds the docs site from what antsibull-docs makes of the collection. It fetches nothing, and nor do its pages."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

project = "certops.certcentral"
html_title = project
author = "certops.certcentral contributors"
copyright = f"2026, {author}. Not affiliated with DigiCert"

extensions = ["sphinx_antsibull_ext"]
nitpicky = True
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

# It comes with Sphinx, and loads nothing from elsewhere.
html_theme = "alabaster"
html_theme_options = {
    "body_max_width": "auto",
    "description": "DigiCert CertCentral orders in Ansible",
    "fixed_sidebar": True,
    "font_family": "system-ui, sans-serif",
    "font_size": "16px",
    "head_font_family": "system-ui, sans-serif",
    "page_width": "1240px",
    "sidebar_width": "330px",
    "show_powered_by": False,
}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_copy_source = False
html_use_index = False

# Labels of Ansible's own site that the pages of antsibull-docs refer to.
ANSIBLE = "https://docs.ansible.com/ansible/latest/reference_appendices"
ELSEWHERE = {
    "ansible_configuration_settings": f"{ANSIBLE}/config.html",
    "common_return_values": f"{ANSIBLE}/common_return_values.html",
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
