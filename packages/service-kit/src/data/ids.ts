/** Also exported as `@turnpike/service-kit/ids`, for tests that need an id and nothing else of the kit. */
export { v7 as uuidv7 } from 'uuid';
