"""What arrives outside although it should not: counted over whole requests, while things break.

Two things are counted apart. An *enforcement leak* is a request that had to stay, by the gateway's
own record or by what its sender demanded, of which something arrived outside. A *detection leak* is
one with identifiers in it that the gateway took for harmless and sent outside.

`plan` says what is asked, `load` asks it, `arrivals` reads what providers wrote down, `count`
judges, `record` and `report` keep and show it. Starting a gateway and breaking it is not done here
but in `serving.bench.leak`.
"""
