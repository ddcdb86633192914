// The library's container wants this polyfill before it is loaded; imports run in the order they are written.
import 'reflect-metadata';

export * as x509 from '@peculiar/x509';
