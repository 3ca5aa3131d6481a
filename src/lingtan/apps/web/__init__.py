"""The portal: pages for people, in Chinese and English, on one server with the API (``apps/api``).

How to add a page
-----------------
1. Write ``pages/<subject>.py`` with ``room = Room()`` and functions under ``@room.page("/subject", Need(Kind.READING))``. The need says
   which object the route touches (kind, action, whose); it is checked, audited and tried by the matrix test. A route without one stops
   the server from starting. POST routes use ``@room.act(path, need)``: the CSRF token is checked before they run; forms carry
   ``{{ csrf() }}``, htmx sends it by itself.
2. Add the module to ``ROOMS`` in ``app.py`` and, if it belongs into the menu, a line to its group of
   ``MENU`` in ``menu.py``.
3. Answer with ``render(request, "subject.html", values)``; the template extends ``layout.html``. Sentences stand in
   ``locales/{zh,en}/<room>.toml``, spoken by ``t('key')``. Numbers: ``num``, ``kwh``, ``tonnes``; times: ``local``. A figure that has an
   address is written by ``fig(address, text, run)``: it opens its passport.
4. Charts: ``<div class="chart" data-chart="<module>" data-src="/url/of/json">``; the module ``static/app/charts/<module>.js``
   exports ``option(data, theme)``. No inline script, no inline style: the CSP refuses both.
5. Services block, so page functions are plain ``def`` (they run on threads); heavy work goes to ``portal.background`` (a child process
   that ends when idle) and is answered from what was kept.

How to add an API route: the same with ``Room`` in ``apps/api/routes/<subject>.py`` and a line in ``apps/api/app.py``.
"""
