// Has Shopify's own client install an app, as an app's server would. Reads {step, store, app, isOnline, ...} from standard
// input. `begin` writes where it sends the browser, and its cookies; `callback` takes the address that the browser came
// back to and these cookies, and writes the session; `refresh`, `exchange` and `credentials` write theirs.
// The client calls https://{shop}: the adapter's fetch, which is the app's to give, leads that to the store in the test.
import '@shopify/shopify-api/adapters/node';
import {ApiVersion, RequestedTokenType, shopifyApi} from '@shopify/shopify-api';
import {setAbstractFetchFunc} from '@shopify/shopify-api/runtime';
import {text} from 'node:stream/consumers';
import {IncomingMessage, ServerResponse} from 'node:http';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const given = JSON.parse(await text(process.stdin));
setAbstractFetchFunc((url, options) => fetch(given.store + new URL(url).pathname, options));
const shopify = shopifyApi({
  apiKey: given.app.client_id,
  apiSecretKey: given.app.client_secret,
  apiVersion: ApiVersion.July26,
  scopes: given.scopes,
  hostName: 'app.example',
  hostScheme: 'https',
  isEmbeddedApp: false,
  logger: {level: 0, log: () => {}},
});

function exchange(url, headers) {
  const rawRequest = new IncomingMessage(null);
  Object.assign(rawRequest, {method: 'GET', url, headers: {host: 'app.example', 'user-agent': BROWSER, ...headers}});
  return {rawRequest, rawResponse: new ServerResponse(rawRequest)};
}

async function begin() {
  const {rawRequest, rawResponse} = exchange('/auth', {});
  const {shop, isOnline} = given;
  await shopify.auth.begin({shop, isOnline, callbackPath: '/auth/callback', rawRequest, rawResponse});
  return {location: rawResponse.getHeader('location'), cookies: [rawResponse.getHeader('set-cookie')].flat()};
}

async function callback() {
  const cookie = given.cookies.map((each) => each.split(';')[0]).join('; ');
  const url = new URL(given.location);
  const {session} = await shopify.auth.callback({...exchange(url.pathname + url.search, {cookie}), expiring: given.expiring});
  return session;
}

const {shop, sessionToken} = given;
const steps = {
  begin,
  callback,
  refresh: async () => (await shopify.auth.refreshToken({shop, refreshToken: given.refreshToken})).session,
  credentials: async () => (await shopify.auth.clientCredentials({shop})).session,
  exchange: async () =>
    (await shopify.auth.tokenExchange({shop, sessionToken, requestedTokenType: RequestedTokenType.OnlineAccessToken})).session,
};
try {
  const made = await steps[given.step]();
  console.log(JSON.stringify({...made, onlineAccessInfo: made.onlineAccessInfo}));
} catch (error) {
  console.log(JSON.stringify({refused: error.constructor.name, message: error.message}));
}
