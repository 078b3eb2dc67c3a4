import { describe, expect, test, vi } from 'vitest';
import { SafeEmitter } from '../../src/model/emitter.js';

interface Events {
  number: number;
  text: string;
}

function emitter() {
  const failed = vi.fn();
  return { emitter: new SafeEmitter<Events>(failed), failed };
}

describe('an emitter', () => {
  test('calls the listeners of an event in the order in which they came', () => {
    const { emitter: events } = emitter();
    const heard: string[] = [];
    events.on('number', (number) => heard.push(`first ${number}`));
    events.on('number', (number) => heard.push(`second ${number}`));
    events.on('text', (text) => heard.push(text));
    expect(events.emit('number', 7)).toBe(true);
    expect(heard).toEqual(['first 7', 'second 7']);
  });

  test('says whether anybody listens', () => {
    const { emitter: events } = emitter();
    expect(events.has('number')).toBe(false);
    expect(events.emit('number', 1)).toBe(false);
    const listener = () => undefined;
    events.on('number', listener);
    expect(events.has('number')).toBe(true);
    events.off('number', listener);
    expect(events.has('number')).toBe(false);
    expect(events.size).toBe(0);
  });

  test('adds the same listener once, for each event', () => {
    const { emitter: events } = emitter();
    const listener = vi.fn();
    events.on('number', listener);
    events.once('number', listener);
    events.on('number', listener);
    events.on('text', listener);
    events.emit('number', 1);
    events.emit('number', 2);
    expect(listener).toHaveBeenCalledTimes(2);
    expect(events.size).toBe(2);
  });

  test('calls a listener of once() once, also when it emits the event itself', () => {
    const { emitter: events } = emitter();
    const heard: number[] = [];
    events.once('number', (number) => {
      heard.push(number);
      events.emit('number', number + 1);
    });
    events.emit('number', 1);
    events.emit('number', 3);
    expect(heard).toEqual([1]);
    expect(events.size).toBe(0);
  });

  test('lets a listener be taken off, of once() too, and does not mind when it is none', () => {
    const { emitter: events } = emitter();
    const listener = vi.fn();
    events.once('number', listener);
    events.off('number', listener);
    events.off('number', listener);
    events.off('text', listener);
    events.emit('number', 1);
    expect(listener).not.toHaveBeenCalled();
  });

  test('reports what a listener throws, and calls the others', () => {
    const { emitter: events, failed } = emitter();
    const later = vi.fn();
    events.on('number', () => {
      throw new Error('broken');
    });
    events.on('number', later);
    events.emit('number', 1);
    expect(later).toHaveBeenCalledOnce();
    expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('broken'), 'number');
  });

  test('reports what the promise of a listener rejects with', async () => {
    const { emitter: events, failed } = emitter();
    events.on('number', async () => {
      throw new Error('later');
    });
    events.emit('number', 1);
    await Promise.resolve();
    await Promise.resolve();
    expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('later'), 'number');
  });
});
