"""Makes answers of the read models that the pages show. Pure; of accounts only what stands before the ``@`` is told."""
