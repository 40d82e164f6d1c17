// Walks through every REST resource that Shopify's own client has for fulfillment, as an app would: the merchant's side and
// the service's, by one app that runs the service. Reads {store, shop, token, callback_url} from standard input; writes how
// many calls the resources name, how many requests it made, and which calls it did not make.
// The client calls https://{shop}: the adapter's fetch, which is the app's to give, leads that to the store in the test.
import '@shopify/shopify-api/adapters/node';
import {ApiVersion, Session, shopifyApi} from '@shopify/shopify-api';
import {restResources} from '@shopify/shopify-api/rest/admin/2026-04';
import {setAbstractFetchFunc} from '@shopify/shopify-api/runtime';
import {strict as assert} from 'node:assert';
import {text} from 'node:stream/consumers';

const RESOURCES = [
  ...['AccessScope', 'AssignedFulfillmentOrder', 'CancellationRequest', 'Fulfillment', 'FulfillmentEvent'],
  ...['FulfillmentOrder', 'FulfillmentRequest', 'FulfillmentService', 'InventoryItem', 'InventoryLevel', 'Location'],
  ...['LocationsForMove', 'Order', 'Product', 'Shop', 'Variant', 'Webhook'],
];
const given = JSON.parse(await text(process.stdin));
const calls = RESOURCES.flatMap((name) =>
  restResources[name].paths.map(({http_method, path}) => ({
    name: `${http_method.toUpperCase()} ${path}`,
    method: http_method.toUpperCase(),
    pattern: new RegExp(`^/admin/(api/2026-04|oauth)/${path.replaceAll('.', '\\.').replace(/<[^>]+>/g, '[0-9]+')}$`),
    made: 0,
  })),
);

setAbstractFetchFunc(async (url, options) => {
  const {pathname, search} = new URL(url);
  const call = calls.find(({method, pattern}) => method === options.method && pattern.test(pathname));
  assert(call, `no resource names ${options.method} ${pathname}`);
  call.made += 1;
  return fetch(given.store + pathname + search, options);
});
const shopify = shopifyApi({
  apiKey: 'crossdock',
  apiSecretKey: 'unused',
  apiVersion: ApiVersion.April26,
  hostName: 'app.example',
  hostScheme: 'https',
  isEmbeddedApp: false,
  restResources,
  logger: {level: 0, log: () => {}},
});
const session = new Session({id: 'one', shop: given.shop, state: '', isOnline: false, accessToken: given.token});
const {rest} = shopify;

// A resource of a class with some fields; what it is saved as comes back into it.
const one = (name, fields) => Object.assign(new rest[name]({session}), fields);
async function saved(name, fields) {
  const resource = one(name, fields);
  await resource.saveAndUpdate();
  return resource;
}
const found = async (name, args) => (await rest[name].all({session, ...args})).data;
const ids = (resources) => resources.map(({id}) => String(id));
const refused = (code, call) =>
  assert.rejects(call, ({response, constructor}) => {
    assert.equal(constructor.name, 'HttpResponseError');
    assert.equal(response.code, code);
    assert(response.body.errors ?? response.body.error);
    return true;
  });

async function shop() {
  const current = await rest.Shop.current({session});
  assert.equal(current.myshopify_domain, given.shop);
  assert.equal((await found('Shop', {fields: 'id,name'}))[0].name, current.name);
  const scopes = (await found('AccessScope')).map(({handle}) => handle);
  assert(scopes.includes('write_assigned_fulfillment_orders'));
}

async function places() {
  const [here] = await found('Location');
  assert.equal((await rest.Location.find({session, id: here.id})).name, here.name);
  const service = await saved('FulfillmentService', {name: 'Dockers', callback_url: given.callback_url, tracking_support: false});
  service.tracking_support = true;
  await service.saveAndUpdate();
  assert.equal((await rest.FulfillmentService.find({session, id: service.id})).tracking_support, true);
  assert.deepEqual(ids(await found('FulfillmentService', {scope: 'all'})), ids([service]));
  const spare = await saved('FulfillmentService', {name: 'Spare', callback_url: given.callback_url});
  await spare.delete();
  await refused(404, () => rest.FulfillmentService.find({session, id: spare.id}));
  await refused(422, () => one('FulfillmentService', {name: 'Dockers', callback_url: given.callback_url}).save());
  assert.equal((await rest.Location.count({session})).count, 2);
  return {here, there: {id: service.location_id}, service};
}

async function catalogue() {
  const product = await saved('Product', {title: 'Mug', variants: [{sku: 'MUG', price: '12.50', inventory_management: 'shopify'}]});
  product.title = 'Cup';
  await product.saveAndUpdate();
  assert.equal((await rest.Product.find({session, id: product.id, fields: 'id,title'})).title, 'Cup');
  const blue = await saved('Variant', {product_id: product.id, option1: 'Blue', price: '9.00'});
  blue.price = '9.50';
  await blue.saveAndUpdate();
  assert.equal((await rest.Variant.find({session, id: blue.id})).price, '9.50');
  assert.equal((await rest.Variant.count({session, product_id: product.id})).count, 2);
  assert.deepEqual(ids(await found('Variant', {product_id: product.id})), ids([...product.variants, blue]));
  await rest.Variant.delete({session, id: blue.id, product_id: product.id});
  const gone = await saved('Product', {title: 'Gone'});
  await rest.Product.delete({session, id: gone.id});
  assert.equal((await rest.Product.count({session})).count, 1);
  assert.deepEqual(ids(await found('Product', {ids: `${product.id},${gone.id}`})), ids([product]));
  await refused(422, () => one('Product', {title: ''}).save());
  return product.variants[0];
}

async function stock({here, there}, variant) {
  const item = {inventory_item_id: variant.inventory_item_id};
  const saying = async (place, call, body) => {
    const level = one('InventoryLevel');
    const answer = await level[call]({body: {...item, location_id: place.id, ...body}});
    return answer.inventory_level.available;
  };
  assert.equal(await saying(here, 'set', {available: 100}), 100);
  assert.equal(await saying(here, 'adjust', {available_adjustment: -10}), 90);
  assert.equal(await saying(there, 'connect', {}), 0);
  assert.equal((await found('InventoryLevel', {inventory_item_ids: item.inventory_item_id})).length, 2);
  await rest.InventoryLevel.delete({session, ...item, location_id: there.id});
  const levels = await rest.Location.inventory_levels({session, id: there.id});
  assert.deepEqual(levels.inventory_levels, []);
  assert.equal(await saying(there, 'connect', {}), 0);
  assert.equal(await saying(there, 'set', {available: 50}), 50);
  const known = await rest.InventoryItem.find({session, id: variant.inventory_item_id});
  known.cost = '3.00';
  await known.saveAndUpdate();
  assert.equal((await found('InventoryItem', {ids: String(known.id)}))[0].cost, '3.00');
  await refused(422, () => found('InventoryLevel'));
}

const ordered = async (variant, quantity = 2) =>
  saved('Order', {line_items: [{variant_id: Number(variant.id), quantity}], email: 'ada@example.com', financial_status: 'paid'});
const workOf = (order) => found('FulfillmentOrder', {order_id: order.id});
const openWork = async (order) => (await workOf(order)).find(({status}) => status === 'open');

async function orders(variant) {
  const order = await ordered(variant);
  order.note = 'handle with care';
  await order.saveAndUpdate();
  assert.equal((await rest.Order.find({session, id: order.id})).note, 'handle with care');
  assert((await order.close({})).order.closed_at);
  assert.equal((await order.open({})).order.closed_at, null);
  assert.equal((await order.cancel({body: {reason: 'customer'}})).order.cancel_reason, 'customer');
  await refused(422, () => order.cancel({body: {}}));
  await rest.Order.delete({session, id: order.id});
  await refused(404, () => rest.Order.find({session, id: order.id}));
}

async function pages(variant) {
  const all = [];
  for (let count = 0; count < 5; count += 1) all.push(await ordered(variant, 1));
  const first = await rest.Order.all({session, limit: 2, since_id: all[0].id - 1, fields: 'id,name'});
  const second = await rest.Order.all({session, ...first.pageInfo.nextPage.query});
  const third = await rest.Order.all({session, ...second.pageInfo.nextPage.query});
  assert.deepEqual(ids([first, second, third].flatMap(({data}) => data)), ids(all));
  assert.equal(third.pageInfo.nextPage, undefined);
  assert.deepEqual(ids((await rest.Order.all({session, ...second.pageInfo.prevPage.query})).data), ids(all.slice(0, 2)));
  assert.equal((await rest.Order.count({session, status: 'any'})).count, 5);
  assert.equal(first.headers['X-Shopify-Api-Version'][0], '2026-04');
}

async function merchant(variant, {here, there}) {
  const order = await ordered(variant, 4);
  const work = await openWork(order);
  const known = await rest.FulfillmentOrder.find({session, id: work.id});
  assert.deepEqual([known.status, known.request_status], ['open', 'unsubmitted']);
  await known.hold({body: {fulfillment_hold: {reason: 'incorrect_address', reason_notes: 'no number'}}});
  assert.equal((await known.release_hold({})).fulfillment_order.status, 'open');
  await known.set_fulfillment_orders_deadline({
    body: {fulfillment_order_ids: [Number(known.id)], fulfillment_deadline: '2030-01-01T00:00:00Z'},
  });
  await refused(422, () => known.open({}));
  await refused(422, () => known.reschedule({body: {fulfillment_order: {new_fulfill_at: '2030-01-01'}}}));
  const targets = await found('LocationsForMove', {fulfillment_order_id: known.id});
  assert.deepEqual(targets.map(({movable}) => movable).sort(), [false, true]);
  const target = String(known.assigned_location_id) === String(here.id) ? there : here;
  const moved = await known.move({body: {fulfillment_order: {new_location_id: Number(target.id)}}});
  assert.equal(String(moved.moved_fulfillment_order.assigned_location_id), String(target.id));
  return order;
}

// The order's work at the service: moved there if it is elsewhere, and asked for.
async function requested(variant, {there}, quantity = 2) {
  const order = await ordered(variant, quantity);
  const work = await openWork(order);
  if (String(work.assigned_location_id) !== String(there.id)) {
    await work.move({body: {fulfillment_order: {new_location_id: Number(there.id)}}});
  }
  const open = await openWork(order);
  const request = await saved('FulfillmentRequest', {fulfillment_order_id: open.id, message: 'Fulfill this ASAP please.'});
  assert.equal(request.request_status, 'submitted');
  return {order, work: open};
}

async function answers(variant, place) {
  const {work: accepted} = await requested(variant, place);
  const {work: rejected} = await requested(variant, place);
  const waiting = {assignment_status: 'fulfillment_requested', location_ids: [place.there.id]};
  assert.deepEqual(ids(await found('AssignedFulfillmentOrder', waiting)), ids([accepted, rejected]));
  const answer = (name, {id}) => one(name, {fulfillment_order_id: id});
  const status = ({fulfillment_order: {status, request_status}}) => `${status}/${request_status}`;
  const yes = {body: {fulfillment_request: {message: 'On it.'}}};
  assert.equal(status(await answer('FulfillmentRequest', accepted).accept(yes)), 'in_progress/accepted');
  const no = {body: {fulfillment_request: {message: 'No more mugs.', reason: 'inventory_out_of_stock'}}};
  assert.equal(status(await answer('FulfillmentRequest', rejected).reject(no)), 'open/rejected');

  const cancellation = one('CancellationRequest', {fulfillment_order_id: accepted.id, message: 'Changed our mind.'});
  await cancellation.save();
  assert.equal(status(await answer('CancellationRequest', accepted).reject({})), 'in_progress/cancellation_rejected');
  assert.equal(status(await one('FulfillmentOrder', {id: accepted.id}).close({message: 'Sorry.'})), 'incomplete/closed');

  const {work: given} = await requested(variant, place);
  await answer('FulfillmentRequest', given).accept({});
  await one('CancellationRequest', {fulfillment_order_id: given.id}).save();
  assert.deepEqual(ids(await found('AssignedFulfillmentOrder', {assignment_status: 'cancellation_requested'})), ids([given]));
  assert.equal(status(await answer('CancellationRequest', given).accept({})), 'cancelled/cancellation_accepted');

  const {work: taken} = await requested(variant, place);
  const cancelled = await one('FulfillmentOrder', {id: taken.id}).cancel({});
  assert.deepEqual([status(cancelled), cancelled.replacement_fulfillment_order.status], ['closed/submitted', 'open']);
}

async function parcels(variant, place) {
  const {order, work} = await requested(variant, place, 3);
  await one('FulfillmentRequest', {fulfillment_order_id: work.id}).accept({});
  const [line] = work.line_items;
  const some = {fulfillment_order_id: Number(work.id), fulfillment_order_line_items: [{id: Number(line.id), quantity: 1}]};
  const tracking_info = {number: '1Z999AA10123456784', company: 'UPS'};
  const parcel = await saved('Fulfillment', {line_items_by_fulfillment_order: [some], tracking_info});
  assert.deepEqual([parcel.status, parcel.tracking_company, parcel.name], ['success', 'UPS', `${order.name}.1`]);
  const rest_of_it = await saved('Fulfillment', {line_items_by_fulfillment_order: [{fulfillment_order_id: Number(work.id)}]});
  assert.equal((await rest.FulfillmentOrder.find({session, id: work.id})).status, 'closed');
  await parcel.update_tracking({body: {fulfillment: {tracking_info: {number: '2', company: 'DHL'}}}});
  const known = await rest.Fulfillment.find({session, id: parcel.id, order_id: order.id});
  assert.deepEqual([known.tracking_number, known.tracking_company], ['2', 'DHL']);
  assert.deepEqual(ids(await found('Fulfillment', {order_id: order.id})), ids([parcel, rest_of_it]));
  assert.deepEqual(ids(await found('Fulfillment', {fulfillment_order_id: work.id})), ids([parcel, rest_of_it]));
  assert.equal((await rest.Fulfillment.count({session, order_id: order.id})).count, 2);

  const path = {order_id: order.id, fulfillment_id: parcel.id};
  const event = await saved('FulfillmentEvent', {...path, status: 'in_transit'});
  assert.equal((await rest.FulfillmentEvent.find({session, ...path, id: event.id})).status, 'in_transit');
  assert.deepEqual(ids(await found('FulfillmentEvent', path)), ids([event]));
  await rest.FulfillmentEvent.delete({session, ...path, id: event.id});
  assert.equal((await parcel.cancel({})).fulfillment.status, 'cancelled');
  const again = one('Fulfillment', {line_items_by_fulfillment_order: [some]});
  await refused(422, () => again.save());
}

async function webhooks() {
  const webhook = await saved('Webhook', {topic: 'orders/create', address: 'https://app.example/hooks', format: 'json'});
  webhook.address = 'https://app.example/elsewhere';
  await webhook.saveAndUpdate();
  assert.equal((await rest.Webhook.find({session, id: webhook.id})).address, 'https://app.example/elsewhere');
  assert.deepEqual(ids(await found('Webhook', {topic: 'orders/create'})), ids([webhook]));
  assert.equal((await rest.Webhook.count({session})).count, 1);
  await webhook.delete();
  await refused(422, () => one('Webhook', {topic: 'orders/eaten', address: 'https://app.example/hooks'}).save());
}

await shop();
const place = await places();
const variant = await catalogue();
await stock(place, variant);
await orders(variant);
await pages(variant);
await merchant(variant, place);
await answers(variant, place);
await parcels(variant, place);
await webhooks();
console.log(
  JSON.stringify({
    calls: calls.length,
    requests: calls.reduce((sum, {made}) => sum + made, 0),
    missing: calls.filter(({made}) => !made).map(({name}) => name),
  }),
);
