"""Accounts and tokens, put together."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog
from aiohttp import web

from dcsim.errors import OperationalError
from dcsim.http.auth import PUBLIC
from dcsim.security.passwords import verify_password
from dcsim.service import Check, ServiceContext
from dcsim.sql import Database
from graph.auth.api import AuthContext, routes
from graph.auth.api_tokens import ApiTokens
from graph.auth.audit import Audit
from graph.auth.door import Door
from graph.auth.sessions import Logins
from graph.auth.users import ADMIN, Accounts

log = structlog.get_logger(__name__)

KEY_SET: Final = "/.well-known/jwks.json"
OPEN: Final = PUBLIC | {KEY_SET, "/auth/login", "/auth/refresh", routes.document}
CLEAN_SECONDS: Final = 3600.0
WELL_KNOWN: Final = ADMIN
"""The password with ``--demo``."""


class Auth:
    """The gateway's accounts: open it before anybody is answered; it is a worker, too, which forgets what is old."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        settings = context.settings
        self._own_file = settings.gateway.database_url is None
        url = settings.gateway.database_url or f"sqlite:///{settings.data_dir / 'gateway.db'}"
        self.database = Database(url, migrations="graph.auth.migrations", service="gateway")
        self.audit = Audit(self.database)
        self.accounts = Accounts(self.database, self.audit)
        self.logins = Logins(self.database, self.accounts, context.tokens, self.audit)
        self.api_tokens = ApiTokens(self.database, self.accounts, self.audit)
        self.door = Door(context.tokens, self.logins, self.api_tokens, self.audit)
        self.shown_password = ""
        """The first administrator's, while it is the one of the first start; shown by ``dcsim up``."""

    @property
    def name(self) -> str:
        """What logs call it."""
        return "accounts"

    async def open(self) -> None:
        """Connect, migrate, make the first administrator.  Raises StoreUnavailable, StoreCorrupt."""
        await self.database.open()
        password = self._context.secrets.password("gateway/admin", well_known=WELL_KNOWN)
        if await self.accounts.begin(password):
            self.shown_password = password
            return
        hashed = await self.accounts.initial_password()
        if hashed is None:
            return
        if not await verify_password(hashed, password):
            if not self._own_file:  # it is another data directory's, which shows it
                return
            await self.accounts.replace_initial(password)
        self.shown_password = password

    async def close(self) -> None:
        """Let go of the database."""
        await self.database.close()

    async def check(self) -> Check:
        """Whether accounts can be asked; without, tokens of ``dcsim token issue`` still work."""
        found = await self.database.check()
        return Check(name="accounts", ok=found.ok, detail=found.detail, required=False)

    async def run(self) -> None:
        """Forget what is old, every hour, until cancelled."""
        while True:
            now = datetime.now(UTC)
            try:
                await self.logins.forget(now - timedelta(days=1))
                await self.audit.forget(now - timedelta(days=self._context.settings.gateway.audit_days))
            except OperationalError as error:
                log.warning("accounts.not_cleaned", reason=error.message)
            await asyncio.sleep(CLEAN_SECONDS)

    def add_to(self, app: web.Application) -> None:
        """Serve ``/auth`` and the key set."""
        routes.add_to(app, AuthContext(self.accounts, self.logins, self.api_tokens, self.audit, self.door))
        app.router.add_get(KEY_SET, self._keys)

    async def _keys(self, _: web.Request) -> web.Response:
        body = msgspec.json.encode(self._context.tokens.key_set())
        return web.Response(body=body, content_type="application/jwk-set+json", headers={"Cache-Control": "public, max-age=300"})
