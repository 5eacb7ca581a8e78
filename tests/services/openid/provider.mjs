// A certified OpenID provider for the tests: node provider.mjs PORT PEOPLE_FILE REDIRECT_URI
//
// PEOPLE_FILE is JSON, {"name": ["group", …]}, and is read whenever somebody's claims are asked for.

import { readFile } from 'node:fs/promises';
import { Provider } from 'oidc-provider';

const [port, people, redirectUri] = process.argv.slice(2);
const GROUPS = 'https://id.fedoraproject.org/scope/groups';

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'blockerbugs',
    client_secret: 'the secret of the test client, long enough',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'client_secret_post',
  }],
  scopes: ['openid', 'profile', GROUPS],
  claims: { openid: ['sub'], profile: ['nickname', 'preferred_username'], [GROUPS]: ['groups'] },
  pkce: { required: () => true },
  async findAccount(_context, name) {
    const groups = JSON.parse(await readFile(people, 'utf8'))[name];
    return groups && {
      accountId: name,
      claims: () => ({ sub: name, nickname: name, preferred_username: name, groups }),
    };
  },
  // Fedora's issuer asks nobody whether this service may know the account's name and groups.
  async loadExistingGrant(context) {
    const { client, session, provider } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(`openid profile ${GROUPS}`);
    await grant.save();
    return grant;
  },
});

provider.listen(Number(port), '127.0.0.1');
