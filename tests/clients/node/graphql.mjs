// Asks by GraphQL with Shopify's own client, as an app would: with variables, refused by rules and by the schema, without a
// token, and, where {throttled} is given, until it is told to slow down, by REST too. Reads {store, shop, token, throttled}
// from standard input; writes what came back.
// The client calls https://{shop}: the adapter's fetch, which is the app's to give, leads that to the store in the test.
import '@shopify/shopify-api/adapters/node';
import {ApiVersion, Session, shopifyApi} from '@shopify/shopify-api';
import {setAbstractFetchFunc} from '@shopify/shopify-api/runtime';
import {text} from 'node:stream/consumers';

const given = JSON.parse(await text(process.stdin));
setAbstractFetchFunc((url, options) => {
  const {pathname, search} = new URL(url);
  return fetch(given.store + pathname + search, options);
});
const shopify = shopifyApi({
  apiKey: 'crossdock',
  apiSecretKey: 'unused',
  apiVersion: ApiVersion.July26,
  hostName: 'app.example',
  hostScheme: 'https',
  isEmbeddedApp: false,
  logger: {level: 0, log: () => {}},
});
const with_token = (accessToken) => new Session({id: 'one', shop: given.shop, state: '', isOnline: false, accessToken});
const session = with_token(given.token);
const client = new shopify.clients.Graphql({session});

async function asked(call) {
  try {
    const {data, extensions, body, headers} = await call();
    return {data, extensions, body, version: headers?.['X-Shopify-Api-Version']?.[0]};
  } catch (error) {
    const {constructor, message, response, body} = error;
    return {
      refused: constructor.name,
      message,
      code: response?.code ?? response?.status,
      retryAfter: response?.retryAfter,
      errors: body?.errors?.graphQLErrors,
      data: body?.data,
    };
  }
}

const LOCATIONS = 'query Places($first: Int!) { locations(first: $first) { nodes { id name isActive } } }';
const CANCEL = 'mutation Cancel($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { id } userErrors { field message } } }';
const PRODUCT = 'mutation New($product: ProductCreateInput!) { productCreate(product: $product) { product { title } userErrors { message } } }';
const WORK = 'nodes { fulfillmentOrders(first: 10) { nodes { lineItems(first: 10) { nodes { id } } } } }';
const DEAR = `query { newest: orders(first: 250, reverse: true) { ${WORK} } oldest: orders(first: 250) { ${WORK} } }`;

async function conversations() {
  return {
    locations: await asked(() => client.request(LOCATIONS, {variables: {first: 5}})),
    proxied: await asked(() =>
      shopify.clients.graphqlProxy({session, rawBody: {query: LOCATIONS, variables: {first: 5}}}),
    ),
    made: await asked(() => client.request(PRODUCT, {variables: {product: {title: 'Mug'}}})),
    cancelled: await asked(() => client.request(CANCEL, {variables: {id: 'gid://shopify/Fulfillment/1'}})),
    unknown: await asked(() => client.request('{ shop { noSuchField } }')),
    incomplete: await asked(() => client.request(LOCATIONS, {variables: {}})),
    unreadable: await asked(() => client.request('query {')),
    stranger: await asked(() => new shopify.clients.Graphql({session: with_token('shpat_0')}).request('{ shop { name } }')),
  };
}

// Many at once: there is no time for the bucket to fill up again.
async function hurried(call, times) {
  return (await Promise.all(Array.from({length: times}, () => asked(call)))).find(({refused}) => refused);
}

async function throttled() {
  const rest = new shopify.clients.Rest({session});
  return {
    graphql: await hurried(() => client.request(DEAR), 40),
    rest: await hurried(() => rest.get({path: 'shop'}), 45),
    patient: await asked(() => rest.get({path: 'shop', tries: 2})),
  };
}

console.log(JSON.stringify(given.throttled ? await throttled() : await conversations()));
