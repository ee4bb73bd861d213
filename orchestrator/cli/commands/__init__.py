"""The commands of ``govorun``, one module each: ``add(parsers)`` declares it, ``run(arguments)`` does it."""
