r"""Proportional sharing: what leaves a node is mixed as what comes into it.

With :math:`P_n` all that enters node n, :math:`R_{nm}` what it receives from node m and :math:`G_{nk}` what source k gives
it, the share :math:`x_{nk}` of source k in the node's mix solves, for every interval,

.. math:: P_n x_{nk} - \sum_m R_{nm} x_{mk} = G_{nk}

Rings are no special case. A node that nothing enters has no mix (zeros).

References
----------
.. [1] J. Bialek, "Tracing the flow of electricity," IEE Proc. Gener. Transm. Distrib. 143(4), 1996.
.. [2] D. Kirschen, R. Allan, G. Strbac, "Contributions of individual generators to loads and flows," IEEE Trans. Power
   Systems 12(1), 1997.
"""

import numpy as np
import numpy.typing as npt

from lingtan.green.network import Network

Floats = npt.NDArray[np.float64]
CHUNK = 4096  # intervals solved at once


def node_mixes(network: Network) -> tuple[Floats, list[str]]:
    """Shares of every source, every store and the unmetered rest in the mix of each node.

    Returns
    -------
    array (intervals, nodes, columns), list of str
        Rows of a node that carries something sum to 1. Columns: sources, ``unmetered/<node>`` for nodes that gave out more
        than was metered in, stores.
    """
    index = network.index
    n = len(network.nodes)
    short = np.maximum(-network.balance(), 0)
    rest = [i for i in range(n) if short[i].any()]
    columns = [*network.sources, *(f"unmetered/{network.nodes[i]}" for i in rest), *network.stores]
    given: list[tuple[int, npt.NDArray[np.int64]]] = [(index[t.node], t.wh) for t in network.sources.values()]
    given += [(i, short[i]) for i in rest]
    given += [(index[s.node], s.discharge) for s in network.stores.values()]
    carrying = [line for line in network.lines.values() if line.received.any()]
    found = np.zeros((network.intervals, n, len(columns)))
    for low in range(0, network.intervals, CHUNK):
        part = slice(low, min(low + CHUNK, network.intervals))
        size = part.stop - part.start
        matrix, right = np.zeros((size, n, n)), np.zeros((size, n, len(columns)))
        for k, (node, wh) in enumerate(given):
            right[:, node, k] += wh[part]
        entering = right.sum(axis=2)
        for line in carrying:
            matrix[:, index[line.end], index[line.start]] -= line.received[part]
            entering[:, index[line.end]] += line.received[part]
        diagonal = np.arange(n)
        matrix[:, diagonal, diagonal] += np.where(entering > 0, entering, 1.0)
        found[part] = _solve(matrix, right, bool(carrying))
    return found, columns


def _solve(matrix: Floats, right: Floats, coupled: bool) -> Floats:
    if not coupled:
        return np.asarray(right / np.diagonal(matrix, axis1=1, axis2=2)[:, :, None])
    # each row is divided by its diagonal first: nodes of very different size stay equally exact
    scale = np.diagonal(matrix, axis1=1, axis2=2)[:, :, None]
    try:
        return np.asarray(np.linalg.solve(matrix / scale, right / scale))
    except np.linalg.LinAlgError:
        # a ring that only feeds itself: nothing enters it, so it has no mix
        return np.asarray(np.linalg.pinv(matrix / scale) @ (right / scale))
